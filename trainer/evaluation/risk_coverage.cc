#include "trainer/evaluation/risk_coverage.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hypergan/checkpoint/calibration.h"
#include "hypergan/ensemble/scores.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

constexpr double kCoverages[] = {1, 0.95, 0.9, 0.8, 0.5};

// 0 or 1 of a classification, the mean squared error of a regression: [R].
std::vector<double> Losses(Task task, const EnsembleOutputs& outputs,
                           const at::Tensor& targets) {
  if (task == Task::kClassification) {
    return ToVector(outputs.mean.argmax(-1) != targets);
  }
  return ToVector((outputs.mean - targets.to(at::kDouble)).square().mean(-1));
}

double Risk(Task task, double loss_sum, int64_t rows) {
  const double mean = loss_sum / static_cast<double>(rows);
  return task == Task::kClassification ? mean : std::sqrt(mean);
}

std::optional<RiskCoverage::Flagged> FlaggedOf(
    const Manifest& manifest, int64_t networks,
    const std::vector<double>& scores, const std::vector<double>& losses) {
  if (!manifest.calibration) return std::nullopt;
  RiskCoverage::Flagged flagged;
  double inside = 0, outside = 0;
  for (size_t row = 0; row < scores.size(); ++row) {
    const auto score = OodScore(*manifest.calibration, networks, scores[row]);
    if (!score) return std::nullopt;
    const auto is_ood = IsOod(*manifest.calibration, *score);
    if (!is_ood) return std::nullopt;
    flagged.rows += *is_ood ? 1 : 0;
    (*is_ood ? outside : inside) += losses[row];
  }
  const int64_t rest = std::ssize(scores) - flagged.rows;
  if (rest > 0) flagged.risk_inside = Risk(manifest.task, inside, rest);
  if (flagged.rows > 0) {
    flagged.risk_outside = Risk(manifest.task, outside, flagged.rows);
  }
  return flagged;
}

}  // namespace

const at::Tensor& PrimaryScore(const Manifest& manifest, const Scores& scores) {
  return ScoreNamed(manifest.calibration ? manifest.calibration->primary_score
                                         : DefaultPrimaryScore(manifest.task),
                    scores);
}

std::optional<RiskCoverage> MeasureRiskCoverage(const Manifest& manifest,
                                                int64_t networks,
                                                const EnsembleOutputs& outputs,
                                                const at::Tensor& targets) {
  const at::Tensor& primary = PrimaryScore(manifest, outputs.scores);
  if (!primary.defined()) return std::nullopt;
  const std::vector<double> losses = Losses(manifest.task, outputs, targets);
  const std::vector<double> scores = ToVector(primary);
  std::vector<int64_t> order(losses.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return scores[a] < scores[b]; });
  // Of the first so many rows: the sum of their losses.
  std::vector<double> sums = {0};
  RiskCoverage result;
  for (const int64_t row : order) {
    sums.push_back(sums.back() + losses[row]);
    result.aurc += sums.back() / static_cast<double>(sums.size() - 1);
  }
  const int64_t rows = std::ssize(losses);
  result.aurc /= static_cast<double>(rows);
  for (const double coverage : kCoverages) {
    const auto kept = std::max<int64_t>(
        1, std::llround(coverage * static_cast<double>(rows)));
    result.points.push_back({coverage, Risk(manifest.task, sums[kept], kept)});
  }
  result.flagged = FlaggedOf(manifest, networks, scores, losses);
  return result;
}

}  // namespace hypergan::trainer
