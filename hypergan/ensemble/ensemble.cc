#include "hypergan/ensemble/ensemble.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "hypergan/ensemble/ensemble_accumulator.h"
#include "hypergan/ensemble/pieces.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

int64_t CountNetworks(absl::Span<const NetworkRange> ranges) {
  int64_t count = 0;
  for (const NetworkRange& range : ranges) count += range.count;
  return count;
}

// The noise of networks first .. first + count - 1 of all ranges, counted
// through.
at::Tensor NoiseOf(const Sampler& sampler,
                   absl::Span<const NetworkRange> ranges, int64_t first,
                   int64_t count) {
  std::vector<at::Tensor> rows;
  for (const NetworkRange& range : ranges) {
    const int64_t begin = std::clamp<int64_t>(first, 0, range.count);
    const int64_t end = std::clamp<int64_t>(first + count, 0, range.count);
    if (begin < end) {
      rows.push_back(
          sampler.Noise(range.seed, range.first + begin, end - begin));
    }
    first -= range.count;
  }
  return rows.size() == 1 ? rows.front() : at::cat(rows);
}

}  // namespace

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
  const NetworkRange range = {seed, first, count};
  HG_ASSIGN_OR_RETURN(const auto sampled, Sample({&range, 1}));
  return TorchGuard("sampling", [&]() -> absl::StatusOr<WeightSets> {
    c10::InferenceMode inference;
    return Concatenate(sampled.front());
  });
}

absl::StatusOr<int64_t> Ensemble::NetworkBytes() const {
  return TorchGuard("sampling", [&]() -> absl::StatusOr<int64_t> {
    c10::InferenceMode inference;
    return sampler_.Sample(0, 0, 1).bytes();
  });
}

absl::StatusOr<std::vector<std::vector<WeightSets>>> Ensemble::Sample(
    absl::Span<const NetworkRange> ranges) const {
  using Lists = std::vector<std::vector<WeightSets>>;
  return TorchGuard("sampling", [&]() -> absl::StatusOr<Lists> {
    c10::InferenceMode inference;
    const int64_t networks = CountNetworks(ranges);
    if (networks == 0) return Lists(ranges.size());
    const Pieces pieces(networks, workers_->count(), bounds_.sampled_networks);
    std::vector<WeightSets> sampled(static_cast<size_t>(pieces.count()));
    HG_RETURN_IF_ERROR(workers_->ForEach(pieces.count(), [&](int64_t i) {
      sampled[i] = sampler_.Generate(
          NoiseOf(sampler_, ranges, pieces.First(i), pieces.Size(i)));
      return absl::OkStatus();
    }));
    if (ranges.size() == 1) return Lists{std::move(sampled)};
    Lists lists;
    int64_t first = 0;
    for (const NetworkRange& range : ranges) {
      lists.push_back(Slice(sampled, first, range.count));
      // A slice would keep the whole alive.
      for (WeightSets& sets : lists.back()) sets = sets.Clone();
      first += range.count;
    }
    return lists;
  });
}

}  // namespace hypergan
