#include "trainer/evaluation/selective.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/evaluation/risk_coverage.h"
#include "trainer/evaluation/separation.h"

namespace hypergan::trainer {

Figures SelectiveFigures(const Manifest& manifest, int64_t networks,
                         const EnsembleOutputs& outputs,
                         const at::Tensor& labels) {
  const std::optional<RiskCoverage> curve =
      MeasureRiskCoverage(manifest, networks, outputs, labels);
  if (!curve) return {};
  Figures figures = {{"aurc", curve->aurc}};
  for (const RiskCoverage::Point& point : curve->points) {
    const int64_t percent = std::llround(100 * point.coverage);
    if (percent < 100 && percent >= 80) {
      figures[absl::StrCat("accuracy_at_", percent)] = 1 - point.risk;
    }
  }
  const std::vector<double> scores =
      ToVector(PrimaryScore(manifest, outputs.scores));
  const std::vector<double> wrong = ToVector(outputs.mean.argmax(-1) != labels);
  std::vector<double> of_right, of_wrong;
  for (size_t row = 0; row < scores.size(); ++row) {
    (wrong[row] > 0 ? of_wrong : of_right).push_back(scores[row]);
  }
  if (!of_right.empty() && !of_wrong.empty()) {
    figures["error_auroc"] = Separate(of_right, of_wrong).auroc;
  }
  return figures;
}

}  // namespace hypergan::trainer
