#include "trainer/loop/model_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/durable_file.h"
#include "base/status_macros.h"

namespace hypergan::trainer {
namespace {

absl::Status CheckModelName(const std::string& name) {
  const bool is_valid =
      !name.empty() && name.size() <= 128 && name[0] != '.' &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
      });
  if (is_valid) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--model: expected up to 128 letters, digits, '.', '_' or "
                   "'-', not starting with '.', got '",
                   name, "'"));
}

constexpr CheckpointFormat kFormats[] = {CheckpointFormat::kTorchScript,
                                         CheckpointFormat::kSafetensors};
// Servers pass over names that begin with a dot.
constexpr char kTrainingFolder[] = ".training";

bool IsThere(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// A run that did not come as far as its first evaluation leaves none.
bool HasFiles(const ModelFolder& folder) {
  return folder.FindTrainingState().has_value() ||
         std::any_of(std::begin(kFormats), std::end(kFormats),
                     [&folder](CheckpointFormat format) {
                       return IsThere(folder.checkpoint(format));
                     });
}

// The greatest version with files of its own, 0 for none. A version's folder is
// there as long as its training has a log.
int64_t GreatestVersion(const std::filesystem::path& model) {
  int64_t greatest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(model, error)) {
    int64_t version = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &version) &&
        HasFiles({entry.path().string()})) {
      greatest = std::max(greatest, version);
    }
  }
  return greatest;
}

std::filesystem::path FolderOfModel(const VersionChoice& choice) {
  return std::filesystem::path(choice.repository) / choice.model;
}

ModelFolder FolderOfVersion(const VersionChoice& choice, int64_t version) {
  return {(FolderOfModel(choice) / absl::StrCat(version)).string()};
}

absl::Status CheckResumable(const ModelFolder& folder) {
  if (folder.FindTrainingState()) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("nothing to resume: there is no ", folder.training_state()));
}

absl::Status CheckFree(const ModelFolder& folder) {
  if (!HasFiles(folder)) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(folder.path, " is there already; give another --version, ",
                   "or --resume to go on with it"));
}

// The folder, from here on this process's own.
absl::StatusOr<MetricsLog> Claim(const ModelFolder& folder) {
  absl::StatusOr<MetricsLog> log = MetricsLog::Open(folder.metrics());
  if (log.ok()) {
    for (const CheckpointFormat format : kFormats) {
      RemoveAbandoned(folder.checkpoint(format));
    }
    RemoveAbandoned(folder.training_state());
    RemoveAbandoned(folder.former_training_state());
  }
  // The log's own message names the file; this one says what to do.
  if (!absl::IsUnavailable(log.status())) return log;
  return absl::UnavailableError(
      absl::StrCat(folder.path,
                   " is in use: another process trains this version; wait for "
                   "its end, or give another --version"));
}

absl::StatusOr<ClaimedFolder> ClaimToResume(const ModelFolder& folder) {
  HG_RETURN_IF_ERROR(CheckResumable(folder));
  HG_ASSIGN_OR_RETURN(MetricsLog log, Claim(folder));
  return ClaimedFolder{folder, std::move(log)};
}

absl::StatusOr<ClaimedFolder> ClaimNew(const ModelFolder& folder) {
  HG_RETURN_IF_ERROR(CreateFolderDurably(folder.path));
  HG_ASSIGN_OR_RETURN(MetricsLog log, Claim(folder));
  // Asked under the lock: its last owner may just have gone.
  HG_RETURN_IF_ERROR(CheckFree(folder));
  HG_RETURN_IF_ERROR(log.Clear());
  return ClaimedFolder{folder, std::move(log)};
}

// Each version that is passed over belongs to a process that runs, or to one
// that has just ended.
absl::StatusOr<ClaimedFolder> ClaimNext(const VersionChoice& choice) {
  constexpr int kMostRuns = 1000;
  const int64_t first = GreatestVersion(FolderOfModel(choice)) + 1;
  for (int64_t version = first; version < first + kMostRuns; ++version) {
    auto claimed = ClaimNew(FolderOfVersion(choice, version));
    if (!absl::IsUnavailable(claimed.status()) &&
        !absl::IsAlreadyExists(claimed.status())) {
      return claimed;
    }
  }
  return absl::UnavailableError(absl::StrCat(FolderOfModel(choice).string(),
                                             ": the next ", kMostRuns,
                                             " versions are all in use"));
}

}  // namespace

std::string ModelFolder::training_state() const {
  const std::filesystem::path version(path);
  return (version.parent_path() / kTrainingFolder / version.filename() /
          "training_state.pt")
      .string();
}

std::optional<std::string> ModelFolder::FindTrainingState() const {
  for (const std::string& state : {training_state(), former_training_state()}) {
    if (IsThere(state)) return state;
  }
  return std::nullopt;
}

ModelFolder FolderToResume(const VersionChoice& choice) {
  return FolderOfVersion(choice, choice.version > 0
                                     ? choice.version
                                     : GreatestVersion(FolderOfModel(choice)));
}

absl::Status CheckVersion(const VersionChoice& choice) {
  HG_RETURN_IF_ERROR(CheckModelName(choice.model));
  if (choice.resume) return CheckResumable(FolderToResume(choice));
  if (choice.version == 0) return absl::OkStatus();
  return CheckFree(FolderOfVersion(choice, choice.version));
}

absl::StatusOr<ClaimedFolder> ClaimVersion(const VersionChoice& choice) {
  HG_RETURN_IF_ERROR(CheckModelName(choice.model));
  if (choice.resume) return ClaimToResume(FolderToResume(choice));
  if (choice.version == 0) return ClaimNext(choice);
  return ClaimNew(FolderOfVersion(choice, choice.version));
}

}  // namespace hypergan::trainer
