#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/split.h"

namespace hypergan::data {

// Opens a data set by what its spec is:
//
//   generated:NAME, generated:NAME:SEED
//       a set of data/generated.h
//   FILE.csv
//       FILE.train.csv or FILE.test.csv where both exist; else FILE.csv itself,
//       whole, for either split
//   a folder with {train,t10k}-images-idx3-ubyte[.gz] and labels alike
//       IDX, as MNIST; class names from classes.txt in it, if there
//   a folder with data_batch_1.bin, or with a folder cifar-10-batches-bin
//       CIFAR-10
//   a folder with train/ and test/
//       JPEG or PNG files in a folder for each class; the folders of train/
//       give the classes of both
//   a folder with train.tar[.gz] and test.tar[.gz]
//       the same in archives, train/CLASS/FILE and test/CLASS/FILE, which are
//       not unpacked to disk
//
// NOT_FOUND, saying what is missing, for a path that is not there or a split
// that it lacks; INVALID_ARGUMENT for a folder that is none of these; the other
// errors are the reader's.
absl::StatusOr<Dataset> Open(absl::string_view spec, Split split,
                             const CsvOptions& csv = {});

}  // namespace hypergan::data
