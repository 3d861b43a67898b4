#include "trainer/methods/discriminator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/script.h>

#include <cmath>

namespace hypergan::trainer {

Discriminator::Discriminator(int64_t code_size,
                             const std::vector<int64_t>& hidden, uint64_t seed,
                             c10::Device device) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<int64_t> sizes = {code_size};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(1);
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    const double deviation = std::sqrt(2.0 / static_cast<double>(sizes[i]));
    parameters_.push_back(torch::empty({sizes[i + 1], sizes[i]})
                              .normal_(0, deviation, generator));
    parameters_.push_back(torch::zeros({sizes[i + 1]}));
  }
  for (at::Tensor& parameter : parameters_) {
    parameter = parameter.to(device).set_requires_grad(true);
  }
}

Discriminator Discriminator::Frozen() const {
  Discriminator frozen;
  for (const at::Tensor& parameter : parameters_) {
    frozen.parameters_.push_back(parameter.detach());
  }
  return frozen;
}

at::Tensor Discriminator::Logits(const at::Tensor& codes) const {
  constexpr double kSlope = 0.2;
  at::Tensor h = codes;
  for (size_t i = 0; i < parameters_.size(); i += 2) {
    if (i > 0) h = torch::leaky_relu(h, kSlope);
    h = torch::linear(h, parameters_[i], parameters_[i + 1]);
  }
  return h.squeeze(-1);
}

}  // namespace hypergan::trainer
