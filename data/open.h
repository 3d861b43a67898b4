#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"
#include "data/images/image_options.h"
#include "data/split.h"
#include "data/tables/csv.h"

namespace hypergan::data {

// Opens a data set by what its spec is:
//
//   generated:NAME, generated:NAME:SEED
//       a set of data/generated.h
//   FILE.csv, FILE.csv.gz, FILE.tsv, FILE.tsv.gz, in letters of either case
//       FILE.train.csv and FILE.test.csv (or what the ending is) where both
//       exist, the latter's columns and classes by the names in the former;
//       else FILE.csv itself as the training split, and no test split
//   FILE.npz
//       arrays x_train and y_train, x_test and y_test
//       (data/arrays/array_dataset.h)
//   FILE.npy
//       one array, the inputs of a training split without truth
//   a folder with {train,t10k}-images-idx3-ubyte[.gz] and labels alike
//       IDX, as MNIST; class names from classes.txt in it, if there
//   a folder with data_batch_1.bin, or with a folder cifar-10-batches-bin
//       CIFAR-10
//   a folder with train/, and test/ as well if it has a test split
//       JPEG, PNG or WebP files in a folder for each class; the folders of
//       train/ give the classes of both
//   a folder with train.tar[.gz], and test.tar[.gz] likewise
//       the same in archives, train/CLASS/FILE and test/CLASS/FILE, which are
//       not unpacked to disk
//
// and, behind any of these, which of its rows (data/subset.h), as
// PATH#classes=0-4 or PATH#classes=0,2,5-7&rows=5000:
//
//   classes=...   those of these labels alone, which become 0 .. n - 1 in the
//                 order given
//   per_class=R   the first R of each class
//   rows=R        the first R of what the others leave
//   train_rows=R  the same, of the training split alone
//
// A set with fewer rows than R gives what it has: the same spec fits both
// splits. The rows of image folders and archives are sorted by class, so that
// their first R may all be of one: per_class is for those.
//
// `images.channels` is what JPEG, PNG and WebP files are decoded to: 1 (grey)
// or 3 (colour), as the network takes them. With 0 both splits are colour if
// any training file is, else grey; the test split then costs reading the
// training split too. Pixels of every kind are resized as `images` says.
//
// NOT_FOUND, saying what is missing, for a path that is not there or a split
// that it lacks; INVALID_ARGUMENT for a folder that is none of these, and for a
// subset that cannot be read or names a class that is not there; the other
// errors are the reader's.
absl::StatusOr<Dataset> Open(absl::string_view spec, Split split,
                             const CsvOptions& csv = {},
                             const ImageOptions& images = {});

// Is `folder` one of those above, of whatever state its files are?
bool HoldsDataset(const std::string& folder);

// The rows to ask about: the test split, or all rows of a set that lacks one,
// with a note of it where that is more than a table. The errors of Open.
absl::StatusOr<Dataset> OpenToAsk(absl::string_view spec,
                                  const CsvOptions& csv = {},
                                  const ImageOptions& images = {});

}  // namespace hypergan::data
