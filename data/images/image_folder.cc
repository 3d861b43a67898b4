#include "data/images/image_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "data/images/image_rows.h"
#include "data/input_file.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

namespace fs = std::filesystem;

absl::Status CannotRead(const std::error_code& error, const fs::path& path) {
  return absl::ErrnoToStatus(error.value(),
                             absl::StrCat("cannot read ", path.string()));
}

absl::StatusOr<std::vector<std::string>> List(const std::string& folder,
                                              bool folders) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  std::vector<std::string> names;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.front() == '.') continue;
    // Follows links: a dangling one is an error that names it.
    const bool is_folder = fs::is_directory(entry->path(), error);
    if (error) return CannotRead(error, entry->path());
    if (is_folder != folders) continue;
    if (static_cast<int64_t>(names.size()) == kMaxRows) {
      return absl::InvalidArgumentError(absl::StrCat(
          folder, ": expected at most ", kMaxRows, " entries, got more"));
    }
    names.push_back(std::move(name));
  }
  if (error) return CannotRead(error, folder);
  std::sort(names.begin(), names.end());
  return names;
}

bool IsStray(const std::string& path) {
  return !NamesImage(path) && !StartsAsImage(path);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListFolders(
    const std::string& folder) {
  return List(folder, /*folders=*/true);
}

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& folder) {
  return List(folder, /*folders=*/false);
}

absl::StatusOr<Dataset> ReadImages(absl::Span<const std::string> paths,
                                   const ImageOptions& options) {
  ImageRows rows(options);
  for (const std::string& path : paths) {
    HG_ASSIGN_OR_RETURN(const std::string bytes,
                        ReadWholeFile(path, kMaxImageFileBytes));
    HG_RETURN_IF_ERROR(rows.Append(path, bytes));
  }
  if (rows.rows() == 0) {
    return absl::InvalidArgumentError("expected at least one image, got none");
  }
  return rows.Finish();
}

bool StartsAsImage(const std::string& path) {
  // Opening a pipe would wait for whoever writes into it.
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::array<char, kImageStartBytes> bytes = {};
  std::ifstream(path, std::ios::binary).read(bytes.data(), bytes.size());
  return IsImage({bytes.data(), bytes.size()});
}

absl::StatusOr<Dataset> ReadImagesIn(const std::string& folder,
                                     const ImageOptions& options) {
  HG_ASSIGN_OR_RETURN(const std::vector<std::string> files, ListFiles(folder));
  ImageRows rows(options);
  for (const std::string& file : files) {
    const std::string path = absl::StrCat(folder, "/", file);
    if (IsStray(path)) {
      rows.PassOver(path);
      continue;
    }
    HG_ASSIGN_OR_RETURN(const std::string bytes,
                        ReadWholeFile(path, kMaxImageFileBytes));
    HG_RETURN_IF_ERROR(rows.Append(path, bytes));
  }
  if (rows.rows() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": expected images, got none"));
  }
  return rows.Finish();
}

absl::StatusOr<Dataset> ReadImageFolder(
    const std::string& root, absl::Span<const std::string> class_names,
    const ImageOptions& options) {
  HG_ASSIGN_OR_RETURN(std::vector<std::string> folders, ListFolders(root));
  ImageRows rows(options);
  for (const std::string& folder : folders) {
    const auto known =
        std::find(class_names.begin(), class_names.end(), folder);
    const std::string path = absl::StrCat(root, "/", folder);
    if (known == class_names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": expected folders named as the ",
                       class_names.size(), " classes are, got '", folder, "'"));
    }
    HG_ASSIGN_OR_RETURN(std::vector<std::string> files, ListFiles(path));
    for (const std::string& file : files) {
      const std::string name = absl::StrCat(path, "/", file);
      if (IsStray(name)) {
        rows.PassOver(name);
        continue;
      }
      HG_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadWholeFile(name, kMaxImageFileBytes));
      HG_RETURN_IF_ERROR(rows.Append(name, bytes, known - class_names.begin()));
    }
  }
  if (rows.rows() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(root, ": expected images in folders, got none"));
  }
  Dataset dataset = rows.Finish();
  dataset.class_names.assign(class_names.begin(), class_names.end());
  return dataset;
}

}  // namespace hypergan::data
