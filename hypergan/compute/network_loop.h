#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/compute/kernel.h"
#include "hypergan/compute/winograd_convolution.h"
#include "hypergan/ensemble/weight_sets.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/target_network.h"

namespace hypergan {

// The forward pass of described target networks on the CPU, one network after
// the other and in it a few rows after the others, so that everything but the
// weights stays in the innermost caches. A convolution is Winograd's where that
// suits; else convolution, pooling and activation of a strip of an image are
// one pass over its patches. Nothing is laid out in memory but the rows
// themselves, once for all networks. Memory: one weight set, some rows'
// activations (at most twelve), B rows' features. Immutable; for any number of
// threads.
class NetworkLoop {
 public:
  // INVALID_ARGUMENT for an invalid description. `kernel` is borrowed.
  static absl::StatusOr<NetworkLoop> Create(const TargetNetwork& target,
                                            const Kernel* kernel);

  // float32 [N, B, K] of `rows` float32 [B, input_shape...], both on the CPU.
  // The weight sets are those of `generate` of a checkpoint with this target
  // network: [N, outputs, inputs] or [N, outputs, channels, k, k], and biases
  // [N, outputs], layer by layer. Throws c10::Error for other shapes.
  at::Tensor Predict(const at::Tensor& rows,
                     absl::Span<const WeightSets> weight_sets) const;

 private:
  class Run;

  class Lowering;

  // One slot's operation with the pooling and the activation that follow it.
  struct Stage {
    ParameterSlot slot;
    Nonlinearity nonlinearity;
    int64_t packed_size = 0;  // floats
    // Of a convolution.
    int64_t kernel = 1, padding = 0, pool = 1;
    ImageSize convolved;  // before pooling
    // Its channels-last input, with its border, and its output after pooling,
    // which is pooled from strips.
    int64_t channels = 0, height = 0, width = 0;
    int64_t out_height = 0, out_width = 0;
    int64_t strip_width = 0;  // before pooling
    std::optional<WinogradConvolution> winograd;
    // Without it: where the patches of a strip's pixels start.
    std::vector<int64_t> strip_offsets;

    int64_t InputSize() const { return height * width * channels; }
  };

  NetworkLoop() = default;
  void PlanConvolution(Stage& stage);

  const Kernel* kernel_ = nullptr;
  std::vector<int64_t> input_shape_;
  std::vector<Stage> stages_;
  size_t num_convolutions_ = 0;
  int64_t features_ = 0;  // inputs of the first linear layer
  int64_t group_ = 1;     // rows that go through the convolutions together
  // Per channel or feature; [K]. Filled up where the description has none.
  std::vector<float> input_mean_, input_deviation_;
  std::vector<float> output_mean_, output_deviation_;
};

}  // namespace hypergan
