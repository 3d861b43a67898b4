#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "hypergan/manifest.h"

namespace hypergan {

// The score that ood_score is made from unless the manifest names another:
// predictive entropy for classification, total variance for regression.
absl::string_view DefaultPrimaryScore(Task task);

// The quantiles of `scores`, the primary score of held-out in-distribution
// rows: at most 1,000 order statistics, the i-th of m at rank ceil(i * rows /
// m). INVALID_ARGUMENT if there are none or one is not finite.
absl::StatusOr<Calibration> Calibrate(absl::string_view primary_score,
                                      std::vector<double> scores);

// The share of calibration rows whose primary score is at most `score`, in [0,
// 1], to the resolution of the quantiles.
double OodScore(const Calibration& calibration, double score);

}  // namespace hypergan
