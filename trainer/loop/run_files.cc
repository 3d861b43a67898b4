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

absl::Status RunFiles::CheckFormat() const {
  if (has_checkpoint()) return absl::OkStatus();
  for (const CheckpointFormat format :
       {CheckpointFormat::kTorchScript, CheckpointFormat::kSafetensors}) {
    const std::string other = claimed_.folder.checkpoint(format);
    if (!Exists(other)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("cannot resume ", path(),
                     ": it was started with another "
                     "--format: it has ",
                     other));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingState> RunFiles::Resume(
    const TrainingState& start, const std::vector<at::Tensor>& tensors) const {
  HG_RETURN_IF_ERROR(CheckFormat());
  HG_ASSIGN_OR_RETURN(
      TrainingState state,
      LoadTrainingState(claimed_.folder.FindTrainingState().value_or(
          claimed_.folder.training_state())));
  const bool has_same_data =
      state.data_digest.empty() || state.data_digest == start.data_digest;
  const bool has_same_options = state.fingerprint == start.fingerprint;
  if (!has_same_data || !has_same_options) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot resume ", path(), ": it was started with ",
        has_same_data ? "" : "other rows, labels or targets in its data",
        has_same_data || has_same_options ? "" : ", and ",
        has_same_options
            ? ""
            : absl::StrCat("other options: ",
                           FingerprintDifferences(state.fingerprint,
                                                  start.fingerprint))));
  }
  if (!std::equal(state.tensors.begin(), state.tensors.end(), tensors.begin(),
                  tensors.end(), IsLike)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot resume ", path(), ": expected ", tensors.size(),
        " tensors of these options, got ", state.tensors.size(),
        ", or other ones: another version of the program has written them"));
  }
  // The record of an epoch whose evaluation was interrupted comes again.
  HG_RETURN_IF_ERROR(
      claimed_.log.CutAfter(state.is_evaluating ? state.step - 1 : state.step));
  return state;
}

absl::Status RunFiles::SaveState(const TrainingState& state) const {
  const absl::Status status =
      SaveTrainingState(state, claimed_.folder.training_state());
  if (status.ok()) {
    std::error_code ignored;
    std::filesystem::remove(claimed_.folder.former_training_state(), ignored);
  }
  return WithAdvice(status);
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
  const bool has_state = claimed_.folder.FindTrainingState().has_value();
  return absl::Status(
      status.code(),
      absl::StrCat(
          status.message(), "; ",
          has_state ? "--resume goes on from the last state saved of "
                    : "nothing of the run is saved in ",
          path(),
          has_checkpoint()
              ? absl::StrCat(
                    ", whose ",
                    std::filesystem::path(checkpoint()).filename().string(),
                    " is whole")
              : ""));
}

}  // namespace hypergan::trainer
