#include "data/images/image_archive.h"

#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "data/images/image.h"
#include "data/images/image_rows.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

// Where an entry lies below the root; `file` is empty for a class's folder
// itself or what does not count in it.
struct Place {
  std::string folder;  // empty: not a class's
  std::string file;
};

Place FindPlace(const TarEntry& entry, absl::string_view root) {
  const std::vector<absl::string_view> parts = absl::StrSplit(entry.path, '/');
  const bool is_in_folder =
      parts.size() > 2 || (parts.size() == 2 && entry.is_folder);
  if (!is_in_folder || parts[0] != root || absl::StartsWith(parts[1], ".")) {
    return {};
  }
  const bool is_image =
      parts.size() == 3 && !entry.is_folder && !absl::StartsWith(parts[2], ".");
  return {std::string(parts[1]), is_image ? std::string(parts[2]) : ""};
}

using Labels = std::map<absl::string_view, int64_t>;
// Files in memory, by (folder, file name): an archive's order is nobody's.
using Files = std::map<std::pair<std::string, std::string>, std::string>;

absl::StatusOr<Files> ReadFiles(const std::string& path, absl::string_view root,
                                const Labels& labels,
                                const ArchiveLimits& limits) {
  HG_ASSIGN_OR_RETURN(TarFile tar, TarFile::Open(path, limits));
  Files files;
  TarEntry entry;
  while (true) {
    HG_ASSIGN_OR_RETURN(const bool is_there, tar.Next(&entry));
    if (!is_there) return files;
    Place place = FindPlace(entry, root);
    if (place.folder.empty()) continue;
    if (labels.count(place.folder) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": expected folders named as the ", labels.size(),
                       " classes are, got '", place.folder, "'"));
    }
    if (place.file.empty()) continue;
    std::string bytes;
    // A file that is too large to be an image may be none.
    if (entry.size <= kMaxImageFileBytes || NamesImage(place.file)) {
      HG_ASSIGN_OR_RETURN(bytes, tar.ReadContents(kMaxImageFileBytes));
    }
    const auto added = files.try_emplace(
        {std::move(place.folder), std::move(place.file)}, std::move(bytes));
    if (!added.second) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": expected each file once, got '", entry.path, "' twice"));
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ListArchiveFolders(
    const std::string& path, absl::string_view root,
    const ArchiveLimits& limits) {
  HG_ASSIGN_OR_RETURN(TarFile tar, TarFile::Open(path, limits));
  std::set<std::string> folders;
  TarEntry entry;
  while (true) {
    HG_ASSIGN_OR_RETURN(const bool is_there, tar.Next(&entry));
    if (!is_there) break;
    Place place = FindPlace(entry, root);
    if (!place.folder.empty()) folders.insert(std::move(place.folder));
    if (static_cast<int64_t>(folders.size()) > kMaxClasses) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": expected at most ", kMaxClasses, " folders, got more"));
    }
  }
  return std::vector<std::string>(folders.begin(), folders.end());
}

absl::StatusOr<Dataset> ReadImageArchive(
    const std::string& path, absl::string_view root,
    absl::Span<const std::string> class_names, const ImageOptions& options,
    const ArchiveLimits& limits) {
  Labels labels;
  for (const std::string& name : class_names) {
    labels.emplace(name, static_cast<int64_t>(labels.size()));
  }
  HG_ASSIGN_OR_RETURN(Files files, ReadFiles(path, root, labels, limits));
  ImageRows rows(options);
  while (!files.empty()) {
    // Taken out one by one: bytes and pixels are not all held together.
    const Files::node_type file = files.extract(files.begin());
    const auto& [folder, name] = file.key();
    if (!NamesImage(name) && !IsImage(file.mapped())) {
      rows.PassOver(absl::StrCat(path, ": ", root, "/", folder, "/", name));
      continue;
    }
    HG_RETURN_IF_ERROR(
        rows.Append(absl::StrCat(path, ": ", root, "/", folder, "/", name),
                    file.mapped(), labels.at(folder)));
  }
  if (rows.rows() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected images as ", root, "/CLASS/FILE, got none"));
  }
  Dataset dataset = rows.Finish();
  dataset.class_names.assign(class_names.begin(), class_names.end());
  return dataset;
}

}  // namespace hypergan::data
