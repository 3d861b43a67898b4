#include "hypergan/ensemble.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "hypergan/ensemble_accumulator.h"
#include "hypergan/noise.h"
#include "hypergan/pieces.h"
#include "hypergan/status_macros.h"
#include "hypergan/torch_guard.h"

namespace hypergan {

absl::StatusOr<Ensemble> Ensemble::Create(Checkpoint checkpoint,
                                          c10::Device device, Workers* workers,
                                          const EnsembleSetup& setup) {
  // First, for its trial calls `generate`.
  HG_ASSIGN_OR_RETURN(ForwardPass forward,
                      ForwardPass::Create(checkpoint, device, setup.form));
  HG_ASSIGN_OR_RETURN(Sampler sampler,
                      Sampler::Create(checkpoint, device, setup.sampler));
  return Ensemble(std::move(checkpoint), std::move(sampler), std::move(forward),
                  device, workers);
}

Ensemble::Ensemble(Checkpoint checkpoint, c10::Device device, Workers* workers)
    : Ensemble(Create(std::move(checkpoint), device, workers, {}).value()) {}

Ensemble::Ensemble(Checkpoint checkpoint, Sampler sampler, ForwardPass forward,
                   c10::Device device, Workers* workers)
    : checkpoint_(std::move(checkpoint)),
      sampler_(std::move(sampler)),
      forward_(std::move(forward)),
      device_(device),
      bounds_(BoundsFor(device.is_cpu())),
      workers_(workers) {}

absl::StatusOr<EnsembleOutputs> Ensemble::Predict(
    const at::Tensor& inputs, const EnsembleOptions& options) const {
  EnsembleAccumulator accumulator(this, inputs, options);
  HG_RETURN_IF_ERROR(
      accumulator.AddSampled(options.seed, 0, options.num_networks));
  return accumulator.Outputs();
}

absl::StatusOr<EnsembleOutputs> Ensemble::Predict(
    const at::Tensor& inputs, absl::Span<const WeightSets> weight_sets,
    const EnsembleOptions& options) const {
  EnsembleAccumulator accumulator(this, inputs, options);
  HG_RETURN_IF_ERROR(accumulator.Add(weight_sets));
  return accumulator.Outputs();
}

absl::StatusOr<WeightSets> Ensemble::Sample(uint64_t seed, int64_t first,
                                            int64_t count) const {
  if (count <= 0) return WeightSets();
  return TorchGuard("sampling", [&]() -> absl::StatusOr<WeightSets> {
    c10::InferenceMode inference;
    const Pieces pieces(count, workers_->count(), bounds_.sampled_networks);
    std::vector<WeightSets> sampled(static_cast<size_t>(pieces.count()));
    HG_RETURN_IF_ERROR(workers_->ForEach(pieces.count(), [&](int64_t i) {
      sampled[i] =
          sampler_.Sample(seed, first + pieces.First(i), pieces.Size(i));
      return absl::OkStatus();
    }));
    return Concatenate(sampled);
  });
}

}  // namespace hypergan
