#include "trainer/posterior.h"

#include "hypergan/noise.h"

namespace hypergan::trainer {

std::vector<at::Tensor> ModuleTensors(const torch::jit::Module& module) {
  std::vector<at::Tensor> tensors;
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    tensors.push_back(parameter.value.detach());
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

}  // namespace hypergan::trainer
