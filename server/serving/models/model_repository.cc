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
#include "server/serving/models/checkpoint_file.h"
#include "server/serving/models/model_name.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxEntries = 10'000;
constexpr size_t kMaxNameBytes = 128;
constexpr size_t kMaxVersionDigits = 18;  // fits int64_t
constexpr char kCheckpoint[] = "model.pt";
constexpr char kDescribed[] = "model.safetensors";
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

// Its problem is that it is code, where that is not allowed.
ModelFile Allowed(ModelFile file, const RepositoryRules& rules) {
  if (!rules.allow_torchscript && file.problem.ok() &&
      !IsDescribed(file.path)) {
    file.problem = absl::InvalidArgumentError(absl::StrCat(
        file.path,
        ": expected a checkpoint without code, model.safetensors, "
        "for --allow_torchscript=false, got a TorchScript archive; "
        "hypergan-trainer convert makes one of the other"));
  }
  return file;
}

// The file `name` in the folder of a version, if there is something to load or
// to complain of.
std::optional<ModelFile> FindFile(const fs::path& path, const std::string& name,
                                  int64_t version) {
  const auto type = TypeOf(path);
  if (!type.ok()) return ModelFile{name, version, path.string(), type.status()};
  if (*type == fs::file_type::not_found) return std::nullopt;
  return ModelFile{name, version, path.string(), absl::OkStatus()};
}

// One version of a model, if there is something to load or to complain of.
std::optional<ModelFile> FindVersion(const fs::path& folder,
                                     const std::string& name, int64_t version,
                                     const RepositoryRules& rules,
                                     const Log& log) {
  // The folder by itself: a link to nowhere has no checkpoint either.
  const auto type = TypeOf(folder);
  if (!type.ok()) {
    return ModelFile{name, version, (folder / kCheckpoint).string(),
                     type.status()};
  }
  auto script = FindFile(folder / kCheckpoint, name, version);
  auto described = FindFile(folder / kDescribed, name, version);
  if (!script) return described;
  if (!described || !script->problem.ok()) {
    return Allowed(*std::move(script), rules);
  }
  const bool is_script = rules.allow_torchscript;
  log(absl::StrCat(ModelName(name, version), ": has ", kCheckpoint, " and ",
                   kDescribed, ", serves ",
                   is_script ? kCheckpoint : kDescribed));
  return is_script ? script : described;
}

// The versions of one model, ascending.
absl::StatusOr<std::vector<ModelFile>> ScanModel(const fs::path& folder,
                                                 const std::string& name,
                                                 const RepositoryRules& rules,
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
    auto file = FindVersion(folder / entry, name, *version, rules, log);
    if (file) {
      files.push_back(*std::move(file));
    } else {
      skipped.Add(absl::StrCat("skipped version ", *version, ", which has no ",
                               kCheckpoint, " or ", kDescribed, " yet"));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.version < b.version; });
  return files;
}

void KeepChosen(const VersionPolicy& policy, const Log& log,
                std::vector<ModelFile>& files) {
  if (files.empty()) return;
  std::vector<int64_t> versions;
  versions.reserve(files.size());
  for (const ModelFile& file : files) versions.push_back(file.version);
  const std::vector<int64_t> chosen = policy.Choose(versions);
  if (chosen.empty()) {
    log(absl::StrCat("model ", files[0].name,
                     ": skipped, it has no version that is to be served"));
  }
  std::erase_if(files, [&chosen](const ModelFile& file) {
    return !std::binary_search(chosen.begin(), chosen.end(), file.version);
  });
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
    const std::string& repository, const Limits& limits, const Log& log,
    const RepositoryRules& rules) {
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
    auto files =
        type.ok() ? ScanModel(folder, name, rules, log) : type.status();
    if (!files.ok()) {
      found.push_back({name, 0, folder.string(), files.status()});
      continue;
    }
    KeepChosen(rules.versions, log, *files);
    KeepGreatest(limits.max_versions, log, *files);
    found.insert(found.end(), std::make_move_iterator(files->begin()),
                 std::make_move_iterator(files->end()));
  }
  return found;
}

absl::StatusOr<std::vector<ModelFile>> FindModel(const std::string& name,
                                                 const std::string& path,
                                                 const Limits& limits,
                                                 const Log& log,
                                                 const RepositoryRules& rules) {
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
    return std::vector<ModelFile>{Allowed({name, kOnlyVersion, path}, rules)};
  }
  if (auto file = FindVersion(path, name, kOnlyVersion, rules, log)) {
    return std::vector<ModelFile>{*std::move(file)};
  }
  auto files = ScanModel(path, name, rules, log);
  if (!files.ok()) return files.status();
  if (files->empty()) {
    return absl::NotFoundError(absl::StrCat(path, ": expected ", kCheckpoint,
                                            " or <version>/", kCheckpoint,
                                            ", got a folder without"));
  }
  KeepChosen(rules.versions, log, *files);
  KeepGreatest(limits.max_versions, log, *files);
  return files;
}

}  // namespace hypergan::server
