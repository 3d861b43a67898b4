#pragma once

#include <torch/script.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/compute/forward_pass.h"
#include "hypergan/compute/network_range.h"
#include "hypergan/ensemble/sampler.h"
#include "hypergan/ensemble/scores.h"
#include "hypergan/ensemble/weight_sets.h"
#include "hypergan/runtime/workers.h"

namespace hypergan {

// What an ensemble says about B rows; every tensor on the CPU.
struct EnsembleOutputs {
  at::Tensor mean;             // float64 [B, K]: probabilities, or values
  at::Tensor variance;         // float64 [B, K], unbiased over the networks
  Scores scores;               // float64 [B] each
  at::Tensor network_outputs;  // float32 [N, B, K], if asked for
  absl::Duration sampling;     // noise and weight sets
  absl::Duration prediction;   // outputs, moments and scores
};

struct EnsembleOptions {
  int64_t num_networks = 100;  // N
  uint64_t seed = 0;
  bool network_outputs = false;
  // Asked between two pieces of work, from one thread at a time; anything but
  // OK ends the prediction with it.
  std::function<absl::Status()> interrupt;
};

// How an ensemble is executed.
struct EnsembleSetup {
  ExecutionForm form = ExecutionForm::kAuto;
  SamplerOptions sampler;
};

// Samples networks from a checkpoint and asks them about rows. The way of the
// data: seed -> noise (DrawNoise) -> weight sets (generate) -> member outputs
// (predict) -> moments -> scores. Worked off in pieces of some networks and
// some rows spread over `workers`, so memory grows with B * K only, and the
// answer does not depend on the pieces (to float64 rounding).
//
// The two halves may also be had apart: Sample draws weight sets to keep, and
// the second Predict, or an EnsembleAccumulator, asks them.
//
// One call at a time for ensembles that share workers, whatever the method.
class Ensemble {
 public:
  // `workers` is borrowed and must outlive the ensemble. Errors as
  // ForwardPass::Create and Sampler::Create.
  static absl::StatusOr<Ensemble> Create(Checkpoint checkpoint,
                                         c10::Device device, Workers* workers,
                                         const EnsembleSetup& setup);
  // The same with the default setup, which is possible for every checkpoint.
  Ensemble(Checkpoint checkpoint, c10::Device device, Workers* workers);

  const Manifest& manifest() const { return checkpoint_.manifest; }
  const std::string& manifest_json() const { return checkpoint_.manifest_json; }
  // For work on the networks themselves.
  const Checkpoint& checkpoint() const { return checkpoint_; }
  const Sampler& sampler() const { return sampler_; }
  c10::Device device() const { return device_; }
  Workers* workers() const { return workers_; }

  // `inputs` float32 [B, input_shape...], B >= 1, on the CPU.
  // RESOURCE_EXHAUSTED when memory ran out, INTERNAL when the module fails or
  // its outputs are not finite.
  absl::StatusOr<EnsembleOutputs> Predict(const at::Tensor& inputs,
                                          const EnsembleOptions& options) const;

  // The same with weight sets of this ensemble's Sample, all of them, at least
  // one network in all; num_networks and seed of `options` are not looked at.
  absl::StatusOr<EnsembleOutputs> Predict(
      const at::Tensor& inputs, absl::Span<const WeightSets> weight_sets,
      const EnsembleOptions& options) const;

  // Networks first .. first + count - 1 of the ensemble that `seed` names, on
  // the device. Memory grows with `count`, which the caller bounds. Errors as
  // Predict.
  absl::StatusOr<WeightSets> Sample(uint64_t seed, int64_t first,
                                    int64_t count) const;

  // The same for several ranges at once, each as the weight sets of its
  // networks in order, in memory of its own. Reading the generators' parameters
  // is what few networks cost, and it is done once.
  absl::StatusOr<std::vector<std::vector<WeightSets>>> Sample(
      absl::Span<const NetworkRange> ranges) const;

  // Of one network's weight set in memory. Draws one by itself: the workers may
  // be busy with others. Errors as Predict.
  absl::StatusOr<int64_t> NetworkBytes() const;

 private:
  friend class EnsembleAccumulator;

  Ensemble(Checkpoint checkpoint, Sampler sampler, ForwardPass forward,
           c10::Device device, Workers* workers);

  Checkpoint checkpoint_;
  Sampler sampler_;
  ForwardPass forward_;
  c10::Device device_;
  PieceBounds bounds_;
  Workers* workers_;
};

}  // namespace hypergan
