#pragma once

#include <torch/script.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hypergan/compute/kernel.h"

namespace hypergan {

// In which numbers the weights of generators are kept. Sums are float32 either
// way; bfloat16 halves the memory and the time of reading them.
enum class WeightPrecision { kFloat32, kBfloat16 };

// A method of a module, rewritten to multiply by our kernel.
struct PackedMethod {
  std::shared_ptr<torch::jit::Graph> graph;  // inputs: the module, arguments
  // Attributes whose tensors the graph holds in packed form and reads nowhere
  // else, as paths from the module ("mixer.0.weight").
  std::vector<std::string> packed;
};

// The graph of `method` in which every aten::linear with a constant weight
// matrix on the CPU is a product by `kernel`, the matrix packed once, here. It
// is valid for anybody's module; the module itself stays as it is. No linear
// layer is rewritten in a method that assigns to attributes.
PackedMethod PackLinearLayers(const torch::jit::Module& module,
                              const std::string& method, const Kernel& kernel,
                              WeightPrecision precision);

// The paths of the attributes that `method` reads.
std::vector<std::string> AttributesRead(const torch::jit::Module& module,
                                        const std::string& method);

}  // namespace hypergan
