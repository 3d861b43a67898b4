#include "hypergan/checkpoint/predictive.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan {
namespace {

constexpr int64_t kKeptScores = 1000;

}  // namespace

absl::Status CheckCoverage(double coverage) {
  if (coverage > 0 && coverage < 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "coverage: expected a number above 0 and below 1, as 0.95, got ",
      coverage));
}

double NormalHalfWidth(double coverage) {
  return std::numbers::sqrt2 * boost::math::erf_inv(coverage);
}

LabelCalibration CalibrateLabels(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  const auto rows = static_cast<int64_t>(scores.size());
  const int64_t count = std::min(kKeptScores, rows);
  LabelCalibration result{rows, {}};
  for (int64_t i = 1; i <= count; ++i) {
    // Rounded up: a set is rather too large than too small.
    result.quantiles.push_back(scores[(i * rows + count - 1) / count - 1]);
  }
  return result;
}

absl::StatusOr<double> LeastProbability(const Manifest& manifest,
                                        double coverage) {
  const auto& labels = manifest.label_calibration;
  if (!labels) {
    return absl::FailedPreconditionError(
        "coverage: this checkpoint has no calibration of labels; train it with "
        "calibration rows for prediction sets");
  }
  // Of n rows the one of rank ceil((n + 1) coverage).
  const double rank =
      std::ceil(static_cast<double>(labels->rows + 1) * coverage);
  if (rank > static_cast<double>(labels->rows)) {
    const double least = std::ceil(coverage / (1 - coverage) - 1e-9);
    return absl::FailedPreconditionError(absl::StrCat(
        "coverage: ", coverage, " takes ", least,
        " calibration rows or more, this checkpoint has ", labels->rows));
  }
  // The first quantile of at least that rank; there are as many as rows, or
  // 1,000.
  const auto count = static_cast<double>(labels->quantiles.size());
  const double place =
      std::ceil(rank * count / static_cast<double>(labels->rows));
  const auto index = static_cast<size_t>(std::clamp(place, 1.0, count)) - 1;
  return 1 - labels->quantiles[index];
}

std::vector<int> PredictionSet(absl::Span<const float> probabilities,
                               double least_probability) {
  std::vector<int> classes(probabilities.size());
  std::iota(classes.begin(), classes.end(), 0);
  std::stable_sort(classes.begin(), classes.end(), [&](int a, int b) {
    return probabilities[a] > probabilities[b];
  });
  const auto end = std::find_if(classes.begin(), classes.end(), [&](int index) {
    return static_cast<double>(probabilities[index]) < least_probability;
  });
  classes.erase(std::max(end, classes.begin() + 1), classes.end());
  return classes;
}

}  // namespace hypergan
