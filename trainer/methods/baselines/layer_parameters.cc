#include "trainer/methods/baselines/layer_parameters.h"

#include <ATen/CPUGeneratorImpl.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hypergan/target/module.h"
#include "trainer/objective/losses.h"

namespace hypergan::trainer {
namespace {

std::vector<int64_t> MemoryShape(const ParameterSlot& slot, int64_t copies) {
  const std::vector<int64_t>& w = slot.weight;
  if (w.size() == 2) return {copies, w[0], w[1]};
  return {copies, w[0], w[2], w[3], w[1]};
}

void Register(const std::string& name, const at::Tensor& value,
              torch::jit::Module& module) {
  module.register_parameter(name, value, /*is_buffer=*/false);
  value.set_requires_grad(true);
}

}  // namespace

torch::jit::Module NewBaselineModule(const std::string& name,
                                     const TargetNetwork& target) {
  torch::jit::Module module(name);
  module.register_attribute("training", c10::BoolType::get(), false);
  RegisterConstants(target, module);
  return module;
}

void RegisterLayers(const TargetNetwork& target, int64_t copies, uint64_t seed,
                    torch::jit::Module& module) {
  torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  for (size_t i = 0; i < slots.size(); ++i) {
    const double deviation = InitialDeviation(slots[i]);
    Register(absl::StrCat("w", i),
             torch::empty(MemoryShape(slots[i], copies))
                 .normal_(0, deviation, generator),
             module);
    Register(absl::StrCat("b", i), torch::zeros({copies, slots[i].outputs}),
             module);
  }
}

std::string AsWeights(const ParameterSlot& slot,
                      const std::string& expression) {
  if (!slot.IsConvolution()) return expression;
  return absl::StrCat(expression, ".permute([0, 1, 4, 2, 3])");
}

std::vector<at::Tensor> WeightSets(const std::vector<at::Tensor>& layers) {
  std::vector<at::Tensor> weights;
  weights.reserve(layers.size());
  for (const at::Tensor& layer : layers) {
    const bool is_convolution = layer.dim() == 5;
    weights.push_back(is_convolution ? layer.permute({0, 1, 4, 2, 3})
                                     : layer.alias());
  }
  return weights;
}

std::vector<at::Tensor> GradientsOf(const std::vector<at::Tensor>& layers) {
  std::vector<at::Tensor> gradients;
  gradients.reserve(layers.size());
  for (const at::Tensor& layer : layers) gradients.push_back(layer.grad());
  return gradients;
}

at::Tensor FlatCopies(const std::vector<at::Tensor>& layers) {
  std::vector<at::Tensor> flat;
  flat.reserve(layers.size());
  for (const at::Tensor& layer : layers) flat.push_back(layer.flatten(1));
  return at::cat(flat, 1);
}

at::Tensor SquaredWeights(const torch::jit::Module& module) {
  std::vector<at::Tensor> weights;
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    if (absl::StartsWith(parameter.name, "w")) {
      weights.push_back(parameter.value);
    }
  }
  return SquaredNorm(weights);
}

}  // namespace hypergan::trainer
