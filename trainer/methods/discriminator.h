#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace hypergan::trainer {

// The discriminator D of HyperGAN: one multilayer perceptron that sees the code
// of one layer at a time and says, as a logit, whether it came from the prior
// P.
class Discriminator {
 public:
  // Hidden layers with leaky rectifiers; He initialisation from `seed`.
  Discriminator(int64_t code_size, const std::vector<int64_t>& hidden,
                uint64_t seed, c10::Device device);

  // codes [..., code_size] -> logits [...].
  at::Tensor Logits(const at::Tensor& codes) const;

  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  // D as it stands, for others to learn from: it has no gradients.
  Discriminator Frozen() const;

 private:
  Discriminator() = default;

  std::vector<at::Tensor> parameters_;  // weight, bias of each layer
};

}  // namespace hypergan::trainer
