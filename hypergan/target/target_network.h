#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hypergan/target/activation.h"

namespace hypergan {

enum class LayerKind { kLinear, kConv2d };

// How a layer's code becomes its weights. `dense` is the paper's: a multilayer
// perceptron with one output a weight. Each is a class in
// hypergan/target/slot_generator.h.
enum class Generator { kDense };

// One layer with weights: linear or convolution, then max-pool, then
// activation.
struct Layer {
  LayerKind kind = LayerKind::kLinear;
  int64_t outputs = 0;  // features or channels
  int64_t kernel = 1;   // convolution: square, stride 1
  int64_t padding = 0;  // convolution: zeros on each side
  int64_t pool = 1;     // convolution: max-pool of pool x pool, stride pool
  Activation activation = Activation::kNone;
  Generator generator = Generator::kDense;
};

// A target network as data: what HyperGAN generates the weights of.
// Convolutions come before linear layers; the last layer's outputs are the K
// logits or values. The constants below are buffers of the checkpoint, not
// generated: inputs are normalised as (x - mean) / deviation per channel (or
// feature), and outputs of a regression are scaled back as y * deviation +
// mean.
struct TargetNetwork {
  std::string name;
  std::vector<int64_t> input_shape;  // [channels, height, width] or [features]
  std::vector<Layer> layers;
  std::vector<double> input_mean, input_deviation;    // empty: 0 and 1
  std::vector<double> output_mean, output_deviation;  // empty: 0 and 1

  int64_t NumOutputs() const {
    return layers.empty() ? 0 : layers.back().outputs;
  }
};

// JSON as in docs/target-networks.md, and back. ParseTargetNetwork also checks
// the description as OperationsOf does (hypergan/target/operations.h).
absl::StatusOr<TargetNetwork> ParseTargetNetwork(absl::string_view json);
std::string TargetNetworkToJson(const TargetNetwork& target);

// The description of that name: "regression" (1-200-1), "mnist" (the paper's
// convnet, 31,594 parameters), "cifar-small" (the paper's, 23,088 weights and
// 154 biases) or "cifar" (90,506, of the authors' later code). NOT_FOUND,
// naming those there are, for any other.
absl::StatusOr<TargetNetwork> FindTargetNetwork(absl::string_view name);

}  // namespace hypergan
