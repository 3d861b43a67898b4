#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/ensemble/weight_sets.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/target_network.h"

namespace hypergan {

// The forward pass of described target networks with all networks in each
// operator of LibTorch, on any device: convolutions are grouped, linear layers
// batched products, and the first layer, whose input networks share, one
// operator with all their weights. For devices that want much work at a time.
// Immutable; for any number of threads.
class NetworkBatch {
 public:
  // INVALID_ARGUMENT for an invalid description. `max_bytes` bounds the
  // activations of one layer; more networks are worked off in pieces (one
  // network at least).
  static absl::StatusOr<NetworkBatch> Create(const TargetNetwork& target,
                                             c10::Device device,
                                             int64_t max_bytes);

  // float32 [N, B, K] of `rows` float32 [B, input_shape...], both on the
  // device. The weight sets as for NetworkLoop; throws c10::Error for others.
  at::Tensor Predict(const at::Tensor& rows,
                     absl::Span<const WeightSets> weight_sets) const;

  // The same of several batches [S, B, input_shape...], each for the N / S
  // consecutive networks of its own (S divides N), with a graph where autograd
  // is on, and all in one piece. `weights` as a weight set's tensors.
  at::Tensor Outputs(const at::Tensor& batches,
                     const std::vector<at::Tensor>& weights) const;

 private:
  NetworkBatch() = default;

  class Run;

  Operations operations_;
  int64_t max_bytes_ = 0;
  int64_t bytes_ = 0;  // of the largest activation, for one network and row
  at::Tensor input_mean_, input_deviation_;    // broadcast over rows
  at::Tensor output_mean_, output_deviation_;  // [K]
};

}  // namespace hypergan
