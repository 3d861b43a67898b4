#pragma once

#include <torch/script.h>

#include "hypergan/checkpoint/checkpoint.h"

// A softmax regression whose weights are its noise times `scale`, for tests
// that work values out by hand.
namespace hypergan::testing {

inline constexpr int64_t kLinearInputs = 4;   // rows [1, 2, 2]
inline constexpr int64_t kLinearClasses = 3;  // noise [3 * 4], row by row

inline Checkpoint LinearCheckpoint(double scale = 1) {
  Checkpoint checkpoint;
  checkpoint.module = torch::jit::Module("Linear");
  checkpoint.module.register_attribute("scale", c10::FloatType::get(), scale);
  checkpoint.module.define(
      "def generate(self, noise: Tensor) -> List[Tensor]:\n"
      "    return [self.scale * noise.view([-1, 3, 4])]\n"
      "def predict(self, inputs: Tensor, weights: List[Tensor]) -> Tensor:\n"
      "    x = inputs.flatten(1).unsqueeze(0)\n"
      "    return torch.matmul(x, weights[0].transpose(1, 2))\n");
  checkpoint.manifest.noise_size = kLinearInputs * kLinearClasses;
  checkpoint.manifest.input_shape = {1, 2, 2};
  checkpoint.manifest.num_outputs = kLinearClasses;
  return checkpoint;
}

}  // namespace hypergan::testing
