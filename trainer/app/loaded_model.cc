#include "trainer/app/loaded_model.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/device.h"
#include "trainer/app/flags.h"
#include "trainer/methods/method.h"

namespace hypergan::trainer {

absl::StatusOr<LoadedModel> LoadModelFromFlags() {
  const std::string path = absl::GetFlag(FLAGS_checkpoint);
  if (path.empty()) {
    return absl::InvalidArgumentError("--checkpoint is missing");
  }
  const int64_t networks = absl::GetFlag(FLAGS_num_networks);
  if (networks < 0 || networks > 100'000) {
    return absl::InvalidArgumentError(
        absl::StrCat("--num_networks: expected 0..100000, got ", networks));
  }
  HG_ASSIGN_OR_RETURN(const c10::Device device,
                      OpenDevice(absl::GetFlag(FLAGS_device)));
  HG_ASSIGN_OR_RETURN(Checkpoint checkpoint, LoadCheckpoint(path, device));
  LoadedModel model;
  model.workers = std::make_unique<Workers>(
      device.is_cpu() ? absl::GetFlag(FLAGS_threads) : 1);
  HG_ASSIGN_OR_RETURN(
      Ensemble ensemble,
      Ensemble::Create(std::move(checkpoint), device, model.workers.get(), {}));
  model.ensemble = std::make_unique<Ensemble>(std::move(ensemble));
  // The networks that a run of the same seed is evaluated by, unless so many
  // others are asked for.
  model.evaluation =
      networks > 0
          ? EvaluationOf(absl::GetFlag(FLAGS_seed), networks, 0)
          : EvaluationOf(absl::GetFlag(FLAGS_seed),
                         model.ensemble->manifest().default_num_networks,
                         MembersOf(model.ensemble->manifest()));
  model.evaluation.label = "asking";
  return model;
}

}  // namespace hypergan::trainer
