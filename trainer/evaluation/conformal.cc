#include "trainer/evaluation/conformal.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hypergan/checkpoint/predictive.h"

namespace hypergan::trainer {
namespace {

constexpr int kPercents[] = {90, 95, 99};

}  // namespace

Figures ConformalFigures(const Manifest& manifest,
                         const at::Tensor& probabilities,
                         const at::Tensor& labels) {
  const at::Tensor rows = probabilities.to(at::kFloat).contiguous();
  const auto* numbers = rows.data_ptr<float>();
  const auto* label = labels.data_ptr<int64_t>();
  const auto classes = static_cast<size_t>(rows.size(1));
  Figures figures;
  for (const int percent : kPercents) {
    const auto least = LeastProbability(manifest, percent / 100.0);
    if (!least.ok()) continue;
    double held = 0, size = 0;
    for (int64_t row = 0; row < rows.size(0); ++row) {
      const std::vector<int> set =
          PredictionSet({numbers + row * rows.size(1), classes}, *least);
      held +=
          static_cast<double>(std::count(set.begin(), set.end(), label[row]));
      size += static_cast<double>(set.size());
    }
    const auto count = static_cast<double>(rows.size(0));
    figures[absl::StrCat("conformal_coverage_", percent)] = held / count;
    figures[absl::StrCat("conformal_size_", percent)] = size / count;
  }
  return figures;
}

}  // namespace hypergan::trainer
