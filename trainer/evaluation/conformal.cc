#include "trainer/evaluation/conformal.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace hypergan::trainer {
namespace {

constexpr int kPercents[] = {90, 95, 99};

// 1 - p[label]: float64 [R].
at::Tensor ScoresOf(const at::Tensor& probabilities, const at::Tensor& labels) {
  return 1 - probabilities.to(at::kDouble)
                 .gather(-1, labels.unsqueeze(-1))
                 .squeeze(-1);
}

// `ascending` float64 [n].
double Threshold(const at::Tensor& ascending, int percent) {
  const int64_t rows = ascending.size(0);
  // ceil((n + 1) percent / 100), in whole numbers.
  const int64_t rank = ((rows + 1) * percent + 99) / 100;
  if (rank > rows) return std::numeric_limits<double>::infinity();
  return ascending[rank - 1].item<double>();
}

}  // namespace

Figures ConformalFigures(const at::Tensor& calibration,
                         const at::Tensor& calibration_labels,
                         const at::Tensor& test,
                         const at::Tensor& test_labels) {
  const at::Tensor ascending =
      std::get<0>(ScoresOf(calibration, calibration_labels).sort());
  const at::Tensor scores = 1 - test.to(at::kDouble);  // [R, K]
  const at::Tensor of_labels = ScoresOf(test, test_labels);
  Figures figures;
  for (const int percent : kPercents) {
    const double threshold = Threshold(ascending, percent);
    figures[absl::StrCat("conformal_coverage_", percent)] =
        (of_labels <= threshold).to(at::kDouble).mean().item<double>();
    figures[absl::StrCat("conformal_size_", percent)] =
        (scores <= threshold).to(at::kDouble).sum(-1).mean().item<double>();
  }
  return figures;
}

}  // namespace hypergan::trainer
