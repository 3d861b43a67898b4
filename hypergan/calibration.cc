#include "hypergan/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/status/status.h"

namespace hypergan {

absl::string_view DefaultPrimaryScore(Task task) {
  return task == Task::kClassification ? "predictive_entropy"
                                       : "total_variance";
}

absl::StatusOr<Calibration> Calibrate(absl::string_view primary_score,
                                      std::vector<double> scores) {
  constexpr size_t kMaxQuantiles = 1000;
  if (scores.empty()) {
    return absl::InvalidArgumentError("calibration: no rows");
  }
  if (!std::all_of(scores.begin(), scores.end(),
                   [](double score) { return std::isfinite(score); })) {
    return absl::InvalidArgumentError("calibration: a score is not finite");
  }
  std::sort(scores.begin(), scores.end());
  Calibration calibration;
  calibration.primary_score = std::string(primary_score);
  calibration.rows = static_cast<int64_t>(scores.size());
  const size_t count = std::min(kMaxQuantiles, scores.size());
  for (size_t i = 1; i <= count; ++i) {
    const size_t rank = (i * scores.size() + count - 1) / count;
    calibration.quantiles.push_back(scores[rank - 1]);
  }
  return calibration;
}

double OodScore(const Calibration& calibration, double score) {
  const auto& quantiles = calibration.quantiles;
  const auto above =
      std::upper_bound(quantiles.begin(), quantiles.end(), score);
  return static_cast<double>(above - quantiles.begin()) /
         static_cast<double>(quantiles.size());
}

}  // namespace hypergan
