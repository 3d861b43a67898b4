#include "trainer/methods/posterior.h"

#include <numbers>

#include "hypergan/ensemble/noise.h"

namespace hypergan::trainer {

std::vector<at::Tensor> ModuleParameters(const torch::jit::Module& module) {
  std::vector<at::Tensor> parameters;
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    parameters.push_back(parameter.value);
  }
  return parameters;
}

std::vector<at::Tensor> ModuleTensors(const torch::jit::Module& module) {
  std::vector<at::Tensor> tensors;
  for (const at::Tensor& parameter : ModuleParameters(module)) {
    tensors.push_back(parameter.detach());
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    tensors.push_back(buffer.value.detach());
  }
  return tensors;
}

at::Tensor StepNoise(uint64_t stream_seed, int64_t step, int64_t count,
                     int64_t size, c10::Device device) {
  return DrawNoise(stream_seed, step * count, count, size).to(device);
}

at::Tensor SpreadOverMembers(const at::Tensor& noise, int64_t members) {
  if (members == 1) return noise;
  const at::Tensor first = noise.select(1, 0);
  const at::Tensor member =
      torch::arange(noise.size(0),
                    torch::dtype(torch::kLong).device(noise.device()))
          .remainder(members);
  // Of [0, 1), where in row n's share.
  const at::Tensor within = (1 + torch::erf(first / std::numbers::sqrt2)) / 2;
  const at::Tensor quantile = (member + within) / members;
  at::Tensor spread = noise.clone();
  spread.select(1, 0).copy_(std::numbers::sqrt2 *
                            torch::erfinv(2 * quantile - 1).clamp(-4, 4));
  return spread;
}

}  // namespace hypergan::trainer
