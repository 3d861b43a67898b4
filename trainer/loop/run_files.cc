#include "trainer/loop/run_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {
namespace {

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

bool IsLike(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type();
}

}  // namespace

bool RunFiles::has_checkpoint() const { return Exists(checkpoint()); }

absl::StatusOr<TrainingState> RunFiles::Resume(
    const std::string& fingerprint,
    const std::vector<at::Tensor>& tensors) const {
  HG_ASSIGN_OR_RETURN(TrainingState state,
                      LoadTrainingState(claimed_.folder.training_state()));
  if (state.fingerprint != fingerprint) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot resume ", path(), ": it was started with other options: ",
        FingerprintDifferences(state.fingerprint, fingerprint)));
  }
  if (!std::equal(state.tensors.begin(), state.tensors.end(), tensors.begin(),
                  tensors.end(), IsLike)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot resume ", path(), ": expected ", tensors.size(),
        " tensors of these options, got ", state.tensors.size(),
        ", or other ones: another version of the program has written them"));
  }
  HG_RETURN_IF_ERROR(claimed_.log.CutAfter(state.step));
  return state;
}

absl::Status RunFiles::SaveState(const TrainingState& state) const {
  return WithAdvice(SaveTrainingState(state, claimed_.folder.training_state()));
}

absl::Status RunFiles::Save(const torch::jit::Module& module,
                            const Manifest& manifest) const {
  return WithAdvice(SaveCheckpoint(module, manifest, checkpoint()));
}

absl::Status RunFiles::Append(const nlohmann::ordered_json& record) const {
  return WithAdvice(claimed_.log.Append(record));
}

absl::Status RunFiles::WithAdvice(const absl::Status& status) const {
  if (status.ok()) return status;
  const bool has_state = Exists(claimed_.folder.training_state());
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; ",
                   has_state ? "--resume goes on from the last state saved in "
                             : "nothing of the run is saved in ",
                   path(),
                   has_checkpoint() ? ", whose model.pt is whole" : ""));
}

}  // namespace hypergan::trainer
