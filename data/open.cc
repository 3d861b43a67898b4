#include "data/open.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "data/arrays/array_dataset.h"
#include "data/cifar.h"
#include "data/class_names.h"
#include "data/generated.h"
#include "data/idx.h"
#include "data/images/image_archive.h"
#include "data/images/image_folder.h"
#include "data/images/resize.h"
#include "data/subset.h"
#include "data/tables/csv_labels.h"

namespace hypergan::data {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kGenerated = "generated:";

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// `path` or `path`.gz, whichever is there; empty if neither is.
std::string PlainOrGzipped(const std::string& path) {
  if (Exists(path)) return path;
  std::string gzipped = absl::StrCat(path, ".gz");
  return Exists(gzipped) ? gzipped : "";
}

std::string IdxStem(absl::string_view folder, Split split) {
  return absl::StrCat(folder, split == Split::kTrain ? "/train" : "/t10k");
}

std::string IdxImages(absl::string_view folder, Split split) {
  return PlainOrGzipped(
      absl::StrCat(IdxStem(folder, split), "-images-idx3-ubyte"));
}

absl::StatusOr<Dataset> OpenGenerated(absl::string_view spec, Split split) {
  const std::pair<absl::string_view, absl::string_view> name_and_seed =
      absl::StrSplit(absl::StripPrefix(spec, kGenerated),
                     absl::MaxSplits(':', 1));
  uint64_t seed = 0;
  if (!name_and_seed.second.empty() &&
      !absl::SimpleAtoi(name_and_seed.second, &seed)) {
    return absl::InvalidArgumentError(
        absl::StrCat(spec, ": expected a seed, a whole number, got '",
                     name_and_seed.second, "'"));
  }
  return Generate(name_and_seed.first, split, seed);
}

absl::StatusOr<Dataset> OpenCsv(const std::string& path, Split split,
                                const CsvOptions& options) {
  const absl::string_view ending = CsvEnding(path);
  const absl::string_view stem = absl::StripSuffix(path, ending);
  const std::string train = absl::StrCat(stem, ".train", ending);
  const std::string test = absl::StrCat(stem, ".test", ending);
  if (Exists(train) && Exists(test)) {
    CsvOptions like = options;
    if (split == Split::kTest) {
      HG_ASSIGN_OR_RETURN(like, OptionsLike(train, options));
    }
    absl::StatusOr<Dataset> dataset =
        ReadCsv(split == Split::kTrain ? train : test, like);
    if (dataset.ok() && Exists(path)) {
      dataset->notes.push_back(absl::StrCat(path, ": not read, for ", train,
                                            " and ", test, " are its splits"));
    }
    return dataset;
  }
  if (!Exists(path)) {
    return absl::NotFoundError(absl::StrCat(
        path, ": no such file; expected it, or both ", train, " and ", test));
  }
  if (split == Split::kTrain) return ReadCsv(path, options);
  return absl::NotFoundError(absl::StrCat(
      "a table has one only where ", fs::path(train).filename().string(),
      " and ", fs::path(test).filename().string(), " stand beside it"));
}

absl::StatusOr<Dataset> OpenIdx(const std::string& folder, Split split) {
  const std::string images = IdxImages(folder, split);
  const std::string stem = IdxStem(folder, split);
  if (images.empty()) {
    return absl::NotFoundError(
        absl::StrCat(stem, "-images-idx3-ubyte[.gz]: missing"));
  }
  const std::string labels =
      PlainOrGzipped(absl::StrCat(stem, "-labels-idx1-ubyte"));
  if (labels.empty()) {
    return absl::NotFoundError(
        absl::StrCat(stem, "-labels-idx1-ubyte[.gz]: missing"));
  }
  absl::StatusOr<Dataset> dataset = ReadIdx(images, labels);
  if (!dataset.ok()) return dataset;
  const int64_t classes =
      1 + *std::max_element(dataset->labels.begin(), dataset->labels.end());
  HG_ASSIGN_OR_RETURN(
      dataset->class_names,
      ReadClassNames(absl::StrCat(folder, "/classes.txt"), classes));
  return dataset;
}

using ImageReader =
    std::function<absl::StatusOr<Dataset>(Split, const ImageOptions&)>;

// Test images have as many channels as the training images, unless `images`
// says how many.
absl::StatusOr<Dataset> ReadImages(const ImageReader& read, Split split,
                                   ImageOptions images) {
  if (split == Split::kTest && images.channels == 0) {
    HG_ASSIGN_OR_RETURN(const Dataset training, read(Split::kTrain, images));
    images.channels = training.row_shape[0];
  }
  return read(split, images);
}

absl::StatusOr<Dataset> OpenImageFolder(const std::string& folder, Split split,
                                        const ImageOptions& images) {
  const std::string train = absl::StrCat(folder, "/train");
  const std::string test = absl::StrCat(folder, "/test");
  if (split == Split::kTest && !Exists(test)) {
    return absl::NotFoundError(absl::StrCat(test, ": missing"));
  }
  HG_ASSIGN_OR_RETURN(std::vector<std::string> classes, ListFolders(train));
  const ImageReader read = [&](Split part, const ImageOptions& options) {
    return ReadImageFolder(part == Split::kTrain ? train : test, classes,
                           options);
  };
  return ReadImages(read, split, images);
}

std::string ImageArchive(absl::string_view folder, absl::string_view root) {
  return PlainOrGzipped(absl::StrCat(folder, "/", root, ".tar"));
}

absl::StatusOr<Dataset> OpenImageArchives(const std::string& folder,
                                          Split split,
                                          const ImageOptions& images) {
  const std::string train = ImageArchive(folder, "train");
  const std::string test = ImageArchive(folder, "test");
  // The training archive gives the classes: it is needed for either split.
  if (train.empty() || (split == Split::kTest && test.empty())) {
    return absl::NotFoundError(absl::StrCat(
        folder, train.empty() ? "/train" : "/test", ".tar[.gz]: missing"));
  }
  HG_ASSIGN_OR_RETURN(std::vector<std::string> classes,
                      ListArchiveFolders(train, "train"));
  const ImageReader read = [&](Split part, const ImageOptions& options) {
    return part == Split::kTrain
               ? ReadImageArchive(train, "train", classes, options)
               : ReadImageArchive(test, "test", classes, options);
  };
  return ReadImages(read, split, images);
}

// Opens a split of a folder of one kind.
using FolderReader = std::function<absl::StatusOr<Dataset>(Split)>;

// For the kind of `folder`; none if it is of no kind that is known.
FolderReader FindReader(const std::string& folder, const ImageOptions& images) {
  if (!IdxImages(folder, Split::kTrain).empty() ||
      !IdxImages(folder, Split::kTest).empty()) {
    return [=](Split split) { return OpenIdx(folder, split); };
  }
  for (const std::string& cifar :
       {folder, absl::StrCat(folder, "/cifar-10-batches-bin")}) {
    if (Exists(absl::StrCat(cifar, "/data_batch_1.bin"))) {
      return [=](Split split) { return ReadCifar(cifar, split); };
    }
  }
  if (Exists(absl::StrCat(folder, "/train"))) {
    return [=](Split split) { return OpenImageFolder(folder, split, images); };
  }
  if (!ImageArchive(folder, "train").empty() ||
      !ImageArchive(folder, "test").empty()) {
    return
        [=](Split split) { return OpenImageArchives(folder, split, images); };
  }
  return nullptr;
}

absl::StatusOr<Dataset> OpenFolder(const std::string& folder, Split split,
                                   const ImageOptions& images) {
  const FolderReader read = FindReader(folder, images);
  if (read != nullptr) return read(split);
  return absl::InvalidArgumentError(absl::StrCat(
      folder,
      ": expected IDX files (train-images-idx3-ubyte), CIFAR-10 batches "
      "(data_batch_1.bin), or train/ and test/ (or train.tar.gz and "
      "test.tar.gz) with a folder of images for each class"));
}

absl::StatusOr<Dataset> OpenWhole(absl::string_view spec, Split split,
                                  const CsvOptions& csv,
                                  const ImageOptions& images) {
  if (absl::StartsWith(spec, kGenerated)) return OpenGenerated(spec, split);
  const std::string path(spec);
  if (!CsvEnding(spec).empty()) return OpenCsv(path, split, csv);
  if (!Exists(path)) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file or folder"));
  }
  if (IsNpzPath(spec)) return ReadNpzSplit(path, split);
  if (IsNpyPath(spec)) {
    if (split == Split::kTrain) return ReadNpyRows(path);
    return absl::NotFoundError(
        absl::StrCat(path, ": one array has no test split; save an .npz file"));
  }
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return OpenFolder(path, split, images);
  return absl::InvalidArgumentError(
      absl::StrCat(path,
                   ": expected a folder, a .csv or .tsv file (.gz or not), "
                   "an .npz or .npy file, or generated:NAME"));
}

absl::StatusOr<Dataset> OpenSubset(absl::string_view spec, Split split,
                                   const CsvOptions& csv,
                                   const ImageOptions& images) {
  HG_ASSIGN_OR_RETURN(const SubsetSpec parsed, ParseSubset(spec));
  // A subset's classes are numbered as the whole set has them.
  CsvOptions own_classes = csv;
  own_classes.class_names.clear();
  HG_ASSIGN_OR_RETURN(const Dataset whole,
                      OpenWhole(parsed.path, split, own_classes, images));
  absl::StatusOr<Dataset> dataset = TakeSubset(whole, parsed.subset, split);
  if (!dataset.ok()) return Named(spec, dataset.status());
  if (CsvEnding(parsed.path).empty()) return dataset;
  HG_RETURN_IF_ERROR(Named(spec, NumberByNames(csv.class_names, &*dataset)));
  return dataset;
}

}  // namespace

bool HoldsDataset(const std::string& folder) {
  return FindReader(folder, {}) != nullptr;
}

absl::StatusOr<Dataset> Open(absl::string_view spec, Split split,
                             const CsvOptions& csv,
                             const ImageOptions& images) {
  absl::StatusOr<Dataset> dataset = NamesSubset(spec)
                                        ? OpenSubset(spec, split, csv, images)
                                        : OpenWhole(spec, split, csv, images);
  if (dataset.ok()) dataset = ResizeRows(*std::move(dataset), images);
  return WithReadableText(std::move(dataset));
}

absl::StatusOr<Dataset> OpenToAsk(absl::string_view spec, const CsvOptions& csv,
                                  const ImageOptions& images) {
  absl::StatusOr<Dataset> test = Open(spec, Split::kTest, csv, images);
  if (!absl::IsNotFound(test.status())) return test;
  absl::StatusOr<Dataset> whole = Open(spec, Split::kTrain, csv, images);
  if (absl::IsNotFound(whole.status())) return test;
  if (whole.ok() && !whole->pixels.empty()) {
    whole->notes.push_back(absl::StrCat(spec, ": has no test split (",
                                        test.status().message(),
                                        "): its training split is read"));
  }
  return whole;
}

}  // namespace hypergan::data
