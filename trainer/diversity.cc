#include "trainer/diversity.h"

#include "hypergan/noise.h"
#include "hypergan/torch_guard.h"

namespace hypergan::trainer {
namespace {

double RelativeDeviation(const at::Tensor& squared_norms) {
  const at::Tensor norms = squared_norms.sqrt();
  return (norms.std() / norms.mean()).item<double>();
}

}  // namespace

absl::StatusOr<Diversity> MeasureDiversity(const torch::jit::Module& module,
                                           int64_t noise_size, int64_t networks,
                                           uint64_t seed, c10::Device device) {
  return TorchGuard("diversity", [&]() -> absl::StatusOr<Diversity> {
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const at::Tensor noise =
        DrawNoise(seed, 0, networks, noise_size).to(device);
    const std::vector<at::Tensor> weights =
        module.get_method("generate")({noise}).toTensorVector();
    Diversity diversity;
    at::Tensor total = torch::zeros({networks}, torch::kDouble).to(device);
    // Two tensors a layer: weights, biases.
    for (size_t i = 0; i + 1 < weights.size(); i += 2) {
      at::Tensor layer = torch::zeros_like(total);
      for (const at::Tensor& tensor : {weights[i], weights[i + 1]}) {
        layer += tensor.flatten(1).to(torch::kDouble).square().sum(1);
      }
      diversity.layers.push_back(RelativeDeviation(layer));
      total += layer;
    }
    diversity.all = RelativeDeviation(total);
    return diversity;
  });
}

}  // namespace hypergan::trainer
