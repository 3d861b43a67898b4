#include "trainer/model_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"

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

// A run that did not come as far as its first judgement leaves none.
bool HasFiles(const ModelFolder& folder) {
  std::error_code error;
  return std::filesystem::exists(folder.checkpoint(), error) ||
         std::filesystem::exists(folder.training_state(), error);
}

// The greatest version with files in it, 0 for none.
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

}  // namespace

absl::StatusOr<ModelFolder> FindModelFolder(const std::string& repository,
                                            const std::string& model,
                                            int64_t version, bool resume) {
  HG_RETURN_IF_ERROR(CheckModelName(model));
  const std::filesystem::path folder =
      std::filesystem::path(repository) / model;
  if (version == 0) {
    version = GreatestVersion(folder) + (resume ? 0 : 1);
  }
  const ModelFolder result{(folder / absl::StrCat(version)).string()};
  std::error_code error;
  if (resume && !std::filesystem::exists(result.training_state(), error)) {
    return absl::NotFoundError(absl::StrCat("nothing to resume: there is no ",
                                            result.training_state()));
  }
  if (!resume && HasFiles(result)) {
    return absl::AlreadyExistsError(
        absl::StrCat(result.path,
                     " is there already; give another --version, "
                     "or --resume to go on with it"));
  }
  return result;
}

}  // namespace hypergan::trainer
