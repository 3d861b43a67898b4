#include "data/inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "data/arrays/array_dataset.h"
#include "data/idx.h"
#include "data/images/image.h"
#include "data/images/image_folder.h"
#include "data/open.h"
#include "data/subset.h"

namespace hypergan::data {
namespace {

namespace fs = std::filesystem;

bool StartsAsImage(const std::string& path) {
  // Opening a pipe would wait for whoever writes into it.
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::array<char, 8> bytes = {};
  std::ifstream(path, std::ios::binary).read(bytes.data(), bytes.size());
  return IsImage({bytes.data(), bytes.size()});
}

// A folder is of images if one of its files is: then all must be.
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
    return ReadImages(paths, options.channels);
  }
  return OpenToAsk(folder, options.csv, options.channels);
}

absl::StatusOr<Dataset> ReadOne(const std::string& path,
                                const InputsOptions& options) {
  std::error_code ignored;
  if (NamesSubset(path)) return OpenToAsk(path, options.csv, options.channels);
  if (fs::is_directory(path, ignored)) return ReadFolder(path, options);
  if (!CsvEnding(path).empty()) {
    return fs::exists(path, ignored) ? ReadCsv(path, options.csv)
                                     : OpenToAsk(path, options.csv);
  }
  if (absl::StartsWith(path, "generated:")) return OpenToAsk(path);
  if (IsNpyPath(path)) return ReadNpyRows(path);
  if (IsNpzPath(path)) return OpenToAsk(path);
  if (StartsAsImage(path)) return ReadImages({path}, options.channels);
  return ReadIdx(path, /*labels_path=*/"");
}

}  // namespace

absl::StatusOr<Dataset> ReadInputs(absl::Span<const std::string> paths,
                                   const InputsOptions& options) {
  return WithReadableText(paths.size() == 1
                              ? ReadOne(paths.front(), options)
                              : ReadImages(paths, options.channels));
}

}  // namespace hypergan::data
