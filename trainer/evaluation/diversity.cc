#include "trainer/evaluation/diversity.h"

#include <algorithm>
#include <limits>

#include "hypergan/runtime/torch_guard.h"

namespace hypergan::trainer {
namespace {

double RelativeDeviation(const at::Tensor& squared_norms) {
  const at::Tensor norms = squared_norms.sqrt();
  return (norms.std() / norms.mean()).item<double>();
}

// Tensors [N, ...] of the networks' weights.
double NearestDistance(const std::vector<at::Tensor>& weights) {
  constexpr int64_t kMost = 100;
  std::vector<at::Tensor> flat;
  flat.reserve(weights.size());
  for (const at::Tensor& tensor : weights) {
    flat.push_back(
        tensor.narrow(0, 0, std::min(kMost, tensor.size(0))).flatten(1));
  }
  const at::Tensor points = at::cat(flat, 1).to(torch::kDouble);
  constexpr int64_t kWithoutMatrixProduct = 2;  // which would not give 0 for 0
  at::Tensor distances =
      at::cdist(points, points, /*p=*/2, kWithoutMatrixProduct);
  const auto count = static_cast<double>(points.size(0));
  const double mean = distances.sum().item<double>() / (count * (count - 1));
  if (mean == 0) return 0;
  distances.fill_diagonal_(std::numeric_limits<double>::infinity());
  return std::get<0>(distances.min(1)).mean().item<double>() / mean;
}

}  // namespace

absl::StatusOr<Diversity> MeasureDiversity(const torch::jit::Module& module,
                                           const at::Tensor& noise,
                                           c10::Device device) {
  return TorchGuard("diversity", [&]() -> absl::StatusOr<Diversity> {
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const int64_t networks = noise.size(0);
    const std::vector<at::Tensor> weights =
        module.get_method("generate")({noise.to(device)}).toTensorVector();
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
    diversity.nearest = NearestDistance(weights);
    return diversity;
  });
}

}  // namespace hypergan::trainer
