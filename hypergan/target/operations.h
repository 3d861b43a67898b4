#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/activation.h"
#include "hypergan/target/target_network.h"

namespace hypergan {

// Weights and biases that one operation reads and one generator makes. A weight
// set has two tensors a slot.
struct ParameterSlot {
  size_t index = 0;
  std::vector<int64_t> weight;  // [outputs, inputs] or [outputs, inputs, k, k]
  int64_t outputs = 0;          // also the number of biases
  int64_t fan_in = 0;           // weights an output sums over
  double gain = 1;              // of the activation that follows
  Generator generator = Generator::kDense;

  // Where they stand in a weight set's tensors.
  size_t WeightTensor() const { return 2 * index; }
  size_t BiasTensor() const { return 2 * index + 1; }

  bool IsConvolution() const { return weight.size() == 4; }
  int64_t Inputs() const { return weight[1]; }  // features or channels
  int64_t NumWeights() const { return outputs * fan_in; }
  int64_t NumParameters() const { return NumWeights() + outputs; }
};

struct ImageSize {
  int64_t channels = 0, height = 0, width = 0;

  int64_t NumValues() const { return channels * height * width; }
};

// The operations. What one writes the next one reads.

// Stride 1, with `padding` zeros on each side.
struct Convolve {
  size_t slot = 0;
  int64_t kernel = 1;
  int64_t padding = 0;
  ImageSize input, output;
};

// The maximum of size x size pixels, stride `size`; what is left over at the
// right and at the bottom is dropped.
struct MaxPool {
  int64_t size = 1;
  ImageSize input, output;
};

// An image as features. Generators write the weights of a linear layer after
// convolutions in the order (height, width, channel), in which memory has them;
// a linear layer on the inputs themselves reads (channel, height, width).
enum class FeatureOrder { kChannelsFirst, kChannelsLast };
struct Flatten {
  FeatureOrder order = FeatureOrder::kChannelsLast;
  ImageSize input;
};

// y = W x + b.
struct Multiply {
  size_t slot = 0;
};

struct Activate {
  Activation activation = Activation::kNone;
};

using Operation = std::variant<Convolve, MaxPool, Flatten, Multiply, Activate>;

// A target network as the operations that compute it, over a table of the
// parameters that they read. Every form of execution is a function of this, and
// nothing else says what a description means: TargetNetworkSource
// (hypergan/target/target_source.h), NetworkLoop and NetworkBatch
// (hypergan/compute/).
struct Operations {
  std::vector<ParameterSlot> slots;
  std::vector<Operation> steps;
};

// INVALID_ARGUMENT, naming the layer, for a description that is inconsistent or
// past the bounds (64 layers, 2^20 outputs, 2^28 weights). Slot i belongs to
// layer i of the description.
absl::StatusOr<Operations> OperationsOf(const TargetNetwork& target);

// The same, where the operations are not wanted.
absl::Status CheckTargetNetwork(const TargetNetwork& target);

// The slots of a valid description.
std::vector<ParameterSlot> SlotsOf(const TargetNetwork& target);

// Weights and biases of the whole network; `target` must be valid.
int64_t NumParameters(const TargetNetwork& target);

}  // namespace hypergan
