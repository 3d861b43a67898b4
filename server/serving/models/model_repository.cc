#include "server/serving/models/model_repository.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "server/serving/first_lines.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxEntries = 10'000;
constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxVersionDigits = 18;  // fits int64_t
constexpr char kCheckpoint[] = "model.pt";
constexpr int64_t kOnlyVersion = 1;  // of a checkpoint outside a repository

bool IsModelName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

std::optional<int64_t> ParseVersion(const std::string& name) {
  int64_t version = 0;
  const bool canonical = !name.empty() && name.size() <= kMaxVersionDigits &&
                         name[0] >= '1' && name[0] <= '9';
  if (!canonical || !absl::SimpleAtoi(name, &version) ||
      absl::StrCat(version) != name) {
    return std::nullopt;
  }
  return version;
}

// The names in a folder, sorted, without those that start with a dot.
absl::StatusOr<std::vector<std::string>> ListFolder(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name[0] == '.') continue;
    names.push_back(std::move(name));
    if (names.size() > kMaxEntries) {
      return absl::ResourceExhaustedError(absl::StrCat(
          folder.string(), ": more than ", kMaxEntries, " entries"));
    }
  }
  if (error) {
    return absl::NotFoundError(
        absl::StrCat(folder.string(), ": ", error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// What is at `path`, links followed. OK and "not found" if there is nothing at
// all: a link to nowhere, a folder without permission and the like are errors.
absl::StatusOr<fs::file_type> TypeOf(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type != fs::file_type::none && type != fs::file_type::not_found) {
    return type;
  }
  std::error_code ignored;
  const bool is_link = fs::is_symlink(fs::symlink_status(path, ignored));
  const bool missing = error == std::errc::no_such_file_or_directory;
  if (missing && !is_link) return fs::file_type::not_found;
  return absl::FailedPreconditionError(absl::StrCat(
      path.string(), ": ", error.message(), is_link ? " (a link)" : ""));
}

// One version of a model, if there is something to load or to complain of.
std::optional<ModelFile> FindVersion(const fs::path& folder,
                                     const std::string& name, int64_t version) {
  const fs::path path = folder / kCheckpoint;
  const ModelFile file = {name, version, path.string(), absl::OkStatus()};
  // The folder by itself: a link to nowhere has no model.pt either.
  for (const fs::path& part : {folder, path}) {
    const auto type = TypeOf(part);
    if (!type.ok()) return ModelFile{name, version, file.path, type.status()};
    if (*type == fs::file_type::not_found) return std::nullopt;
  }
  return file;
}

// The versions of one model, ascending.
absl::StatusOr<std::vector<ModelFile>> ScanModel(const fs::path& folder,
                                                 const std::string& name,
                                                 const Log& log) {
  const auto entries = ListFolder(folder);
  if (!entries.ok()) return entries.status();
  std::vector<ModelFile> files;
  FirstLines skipped(log, absl::StrCat("model ", name, ": "));
  for (const std::string& entry : *entries) {
    const auto version = ParseVersion(entry);
    if (!version) {
      skipped.Add(
          absl::StrCat("skipped ", Quoted(entry), ", which is not a version"));
      continue;
    }
    auto file = FindVersion(folder / entry, name, *version);
    if (file) {
      files.push_back(*std::move(file));
    } else {
      skipped.Add(absl::StrCat("skipped version ", *version, ", which has no ",
                               kCheckpoint, " yet"));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.version < b.version; });
  return files;
}

void KeepGreatest(int64_t count, const Log& log,
                  std::vector<ModelFile>& files) {
  const auto excess = static_cast<int64_t>(files.size()) - count;
  if (excess <= 0) return;
  log(absl::StrCat("model ", files[0].name, ": skipped its ", excess,
                   " smallest versions, at most ", count, " are loaded"));
  files.erase(files.begin(), files.begin() + excess);
}

}  // namespace

absl::StatusOr<std::vector<ModelFile>> ScanRepository(
    const std::string& repository, const Limits& limits, const Log& log) {
  const auto names = ListFolder(repository);
  if (!names.ok()) return names.status();
  std::vector<ModelFile> found;
  FirstLines skipped(log, "the repository: ");
  int64_t models = 0;
  for (const std::string& name : *names) {
    const fs::path folder = fs::path(repository) / name;
    const auto type = TypeOf(folder);
    if (!IsModelName(name) ||
        (type.ok() && *type != fs::file_type::directory)) {
      skipped.Add(
          absl::StrCat("skipped ", Quoted(name), ", which is not a model"));
      continue;
    }
    if (++models > limits.max_models) {
      return absl::ResourceExhaustedError(absl::StrCat(
          repository, ": at most ", limits.max_models, " models allowed"));
    }
    auto files = type.ok() ? ScanModel(folder, name, log) : type.status();
    if (!files.ok()) {
      found.push_back({name, 0, folder.string(), files.status()});
      continue;
    }
    KeepGreatest(limits.max_versions, log, *files);
    found.insert(found.end(), std::make_move_iterator(files->begin()),
                 std::make_move_iterator(files->end()));
  }
  return found;
}

absl::StatusOr<std::vector<ModelFile>> FindModel(const std::string& name,
                                                 const std::string& path,
                                                 const Limits& limits,
                                                 const Log& log) {
  if (!IsModelName(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the model's name: expected 1 to ", kMaxNameBytes,
        " of [A-Za-z0-9._-] without a dot at first, got ", Quoted(name)));
  }
  const auto type = TypeOf(path);
  if (!type.ok() || *type == fs::file_type::not_found) {
    return absl::NotFoundError(
        type.ok() ? absl::StrCat(path, ": no such file or folder")
                  : std::string(type.status().message()));
  }
  if (*type != fs::file_type::directory) {
    return std::vector<ModelFile>{{name, kOnlyVersion, path}};
  }
  if (auto file = FindVersion(path, name, kOnlyVersion)) {
    return std::vector<ModelFile>{*std::move(file)};
  }
  auto files = ScanModel(path, name, log);
  if (!files.ok()) return files.status();
  if (files->empty()) {
    return absl::NotFoundError(absl::StrCat(path, ": expected ", kCheckpoint,
                                            " or <version>/", kCheckpoint,
                                            ", got a folder without"));
  }
  KeepGreatest(limits.max_versions, log, *files);
  return files;
}

}  // namespace hypergan::server
