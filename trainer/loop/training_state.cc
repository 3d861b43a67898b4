#include "trainer/loop/training_state.h"

#include <torch/script.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/durable_file.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/archive.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan::trainer {
namespace {

// A TorchScript module without methods is a plain archive of named values, with
// the same format and checks as a checkpoint.
torch::jit::Module ToModule(const TrainingState& state) {
  torch::jit::Module module("TrainingState");
  module.register_attribute("fingerprint", c10::StringType::get(),
                            state.fingerprint);
  module.register_attribute("data_digest", c10::StringType::get(),
                            state.data_digest);
  module.register_attribute("step", c10::IntType::get(), state.step);
  module.register_attribute("best_loss", c10::FloatType::get(),
                            state.best_loss);
  module.register_attribute("best_epoch", c10::IntType::get(),
                            state.best_epoch);
  module.register_attribute("epochs_without_better", c10::IntType::get(),
                            state.epochs_without_better);
  module.register_attribute("is_done", c10::BoolType::get(), state.is_done);
  module.register_attribute("is_evaluating", c10::BoolType::get(),
                            state.is_evaluating);
  module.register_attribute("target_deviation", c10::FloatType::get(),
                            state.target_deviation);
  module.register_attribute("epoch_report", c10::StringType::get(),
                            state.report.ToText());
  module.register_attribute("seconds", c10::FloatType::get(), state.seconds);
  module.register_attribute("core_seconds", c10::FloatType::get(),
                            state.core_seconds);
  for (size_t i = 0; i < state.tensors.size(); ++i) {
    module.register_buffer(absl::StrCat("tensor", i), state.tensors[i].cpu());
  }
  return module;
}

TrainingState FromModule(const torch::jit::Module& module) {
  TrainingState state;
  state.fingerprint = module.attr("fingerprint").toStringRef();
  if (module.hasattr("data_digest")) {
    state.data_digest = module.attr("data_digest").toStringRef();
  }
  state.step = module.attr("step").toInt();
  state.best_loss = module.attr("best_loss").toDouble();
  if (module.hasattr("best_epoch")) {
    state.best_epoch = module.attr("best_epoch").toInt();
  }
  state.epochs_without_better = module.attr("epochs_without_better").toInt();
  state.is_done = module.hasattr("is_done") && module.attr("is_done").toBool();
  state.is_evaluating =
      module.hasattr("is_evaluating") && module.attr("is_evaluating").toBool();
  if (module.hasattr("target_deviation")) {
    state.target_deviation = module.attr("target_deviation").toDouble();
  }
  if (module.hasattr("epoch_report")) {
    state.report =
        EpochReport::FromText(module.attr("epoch_report").toStringRef());
  }
  state.seconds = module.attr("seconds").toDouble();
  state.core_seconds = module.attr("core_seconds").toDouble();
  while (module.hasattr(absl::StrCat("tensor", state.tensors.size()))) {
    state.tensors.push_back(
        module.attr(absl::StrCat("tensor", state.tensors.size())).toTensor());
  }
  return state;
}

}  // namespace

absl::Status SaveTrainingState(const TrainingState& state,
                               const std::string& path) {
  std::ostringstream archive;
  HG_RETURN_IF_ERROR(TorchGuard("saving the training state", [&] {
    ToModule(state).save(archive);
    return absl::OkStatus();
  }));
  return WriteDurably(path, archive.str());
}

absl::StatusOr<TrainingState> LoadTrainingState(const std::string& path) {
  HG_RETURN_IF_ERROR(VerifyArchive(path));
  absl::StatusOr<TrainingState> state =
      TorchGuard(path, [&]() -> absl::StatusOr<TrainingState> {
        return FromModule(torch::jit::load(path, c10::Device(c10::kCPU)));
      });
  if (state.ok()) return state;
  return absl::DataLossError(state.status().message());
}

}  // namespace hypergan::trainer
