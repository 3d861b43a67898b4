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

Ensemble::Ensemble(Checkpoint checkpoint, c10::Device device, Workers* workers)
    : checkpoint_(std::move(checkpoint)), device_(device), workers_(workers) {}

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
    const Pieces pieces(count, workers_->count());
    std::vector<WeightSets> sampled(static_cast<size_t>(pieces.count()));
    HG_RETURN_IF_ERROR(workers_->ForEach(pieces.count(), [&](int64_t i) {
      sampled[i] = SamplePiece(seed, first + pieces.First(i), pieces.Size(i));
      return absl::OkStatus();
    }));
    return Concatenate(sampled);
  });
}

WeightSets Ensemble::SamplePiece(uint64_t seed, int64_t first,
                                 int64_t count) const {
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const at::Tensor noise =
      DrawNoise(seed, first, count, checkpoint_.manifest.noise_size);
  return {checkpoint_.module.get_method("generate")({noise.to(device_)})
              .toTensorVector()};
}

at::Tensor Ensemble::NetworkOutputs(
    const at::Tensor& rows, absl::Span<const WeightSets> weight_sets) const {
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  return checkpoint_.module
      .get_method("predict")({rows, Concatenate(weight_sets).tensors})
      .toTensor();
}

}  // namespace hypergan
