#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan {

enum class LayerKind { kLinear, kConv2d };

// All monotonic, so that max-pooling may come first (pooling four times fewer
// activations): activation(max(x)) == max(activation(x)).
enum class Activation { kNone, kRelu, kLeakyRelu, kElu };

// How a layer's code becomes its weights. `dense` is the paper's: a multilayer
// perceptron with one output a weight. Bounded generators get their names here.
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

// What one layer's weights look like, derived from the description.
struct LayerShape {
  std::vector<int64_t> weight;  // [outputs, inputs] or [outputs, inputs, k, k]
  int64_t outputs = 0;          // also the number of biases
  int64_t fan_in = 0;           // weights an output sums over
  int64_t height = 1, width = 1;  // of the convolution's output, before pooling
  int64_t NumWeights() const { return outputs * fan_in; }
  int64_t NumParameters() const { return NumWeights() + outputs; }
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

// The shape of every layer. INVALID_ARGUMENT, naming the layer, for a
// description that is inconsistent or past the bounds (64 layers, 2^20 outputs,
// 2^28 weights).
absl::StatusOr<std::vector<LayerShape>> LayerShapes(
    const TargetNetwork& target);

// Weights and biases of the whole network; `target` must be valid.
int64_t NumParameters(const TargetNetwork& target);

// JSON as in docs/target-networks.md, and back. ParseTargetNetwork also checks
// the description as LayerShapes does.
absl::StatusOr<TargetNetwork> ParseTargetNetwork(absl::string_view json);
std::string TargetNetworkToJson(const TargetNetwork& target);

// The description of that name: "regression" (1-200-1), "mnist" (the paper's
// convnet, 31,594 parameters), "cifar-small" (the paper's, 23,088 weights and
// 154 biases) or "cifar" (90,506, of the authors' later code). NOT_FOUND,
// naming those there are, for any other.
absl::StatusOr<TargetNetwork> FindTargetNetwork(absl::string_view name);

}  // namespace hypergan
