#include "data/inputs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "data/arrays/array_dataset.h"
#include "data/idx.h"
#include "data/images/image_folder.h"
#include "data/images/resize.h"
#include "data/open.h"
#include "data/subset.h"

namespace hypergan::data {
namespace {

namespace fs = std::filesystem;

// A folder is of images if one of its files is.
absl::StatusOr<Dataset> ReadFolder(const std::string& folder,
                                   const InputsOptions& options) {
  HG_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFiles(folder));
  std::vector<std::string> paths;
  paths.reserve(names.size());
  for (const std::string& name : names) {
    paths.push_back(absl::StrCat(folder, "/", name));
  }
  if (!HoldsDataset(folder) &&
      std::any_of(paths.begin(), paths.end(), StartsAsImage)) {
    return ReadImagesIn(folder, options.images);
  }
  return OpenToAsk(folder, options.csv, options.images);
}

absl::StatusOr<Dataset> ReadOne(const std::string& path,
                                const InputsOptions& options) {
  std::error_code ignored;
  if (NamesSubset(path)) return OpenToAsk(path, options.csv, options.images);
  if (fs::is_directory(path, ignored)) return ReadFolder(path, options);
  if (!CsvEnding(path).empty()) {
    return fs::exists(path, ignored) ? ReadCsv(path, options.csv)
                                     : OpenToAsk(path, options.csv);
  }
  if (absl::StartsWith(path, "generated:")) return OpenToAsk(path);
  if (IsNpyPath(path)) return ReadNpyRows(path);
  if (IsNpzPath(path)) return OpenToAsk(path);
  if (StartsAsImage(path)) return ReadImages({path}, options.images);
  return ReadIdx(path, /*labels_path=*/"");
}

}  // namespace

absl::StatusOr<Dataset> ReadInputs(absl::Span<const std::string> paths,
                                   const InputsOptions& options) {
  absl::StatusOr<Dataset> dataset = paths.size() == 1
                                        ? ReadOne(paths.front(), options)
                                        : ReadImages(paths, options.images);
  if (dataset.ok()) dataset = ResizeRows(*std::move(dataset), options.images);
  return WithReadableText(std::move(dataset));
}

}  // namespace hypergan::data
