#pragma once

#include <torch/script.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hypergan/target/operations.h"

// What the baselines share: the parameters of `copies` target networks, drawn
// as an ordinary network's are, named by layer, and the text that gives them
// the shapes of a weight set.
namespace hypergan::trainer {

// A module with the target's constants and an attribute `training`, without
// methods.
torch::jit::Module NewBaselineModule(const std::string& name,
                                     const TargetNetwork& target);

// Registers w<i> [copies, outputs, inputs] or [copies, outputs, k, k, channels]
// (the memory order of a weight set's convolution) and b<i> [copies, outputs]
// of each layer i: normal with the deviation of InitialDeviation, biases 0.
void RegisterLayers(const TargetNetwork& target, int64_t copies, uint64_t seed,
                    torch::jit::Module& module);

// The layer's weights as generate() returns them, from an expression for w<i>
// in the order above.
std::string AsWeights(const ParameterSlot& slot, const std::string& expression);

// The parameters of RegisterLayers as a weight set, sharing memory and graph.
std::vector<at::Tensor> WeightSets(const std::vector<at::Tensor>& layers);

// Their gradients, sharing memory.
std::vector<at::Tensor> GradientsOf(const std::vector<at::Tensor>& layers);

// [copies, parameters], of tensors [copies, ...] one after the other.
at::Tensor FlatCopies(const std::vector<at::Tensor>& layers);

// Sum of squares of all parameters whose name begins with w.
at::Tensor SquaredWeights(const torch::jit::Module& module);

}  // namespace hypergan::trainer
