#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan {

// How unusual a row is among n held-out rows of the training data, by one
// minus the p-value of split conformal prediction (Vovk, Gammerman, Shafer,
// Algorithmic Learning in a Random World, 2005; Angelopoulos, Bates, A Gentle
// Introduction to Conformal Prediction, 2021):
//
//   ood_score = #{calibration rows whose primary score is below the row's}
//               / (n + 1)
//
// For rows that are exchangeable with the calibration rows, and at every n,
// ood_score >= 1 - a has probability at most a. The row itself is the one in
// n + 1. A calibration row of the same score does not count, or a score that
// many rows share would raise alarms.
//
// A primary score depends on the number of networks, so that it is compared
// with scores of as many networks. Between two numbers that were calibrated the
// smaller share counts; above the greatest number, that of the greatest.

// With fewer networks than this there is no ood_score unless so few, or fewer,
// were calibrated.
inline constexpr int64_t kLeastUncalibratedNetworks = 10;

// The score that ood_score is made from unless the manifest names another:
// predictive entropy for classification, total variance for regression.
absl::string_view DefaultPrimaryScore(Task task);

// The quantiles of the calibration rows' primary scores, by the number of
// networks that gave them: at most 1,000 order statistics for
// `default_networks` and 200 for each other number. INVALID_ARGUMENT if
// there are no rows, not as many for each number, none for the default, or if a
// score is not finite.
absl::StatusOr<Calibration> Calibrate(
    absl::string_view primary_score, int64_t default_networks,
    std::map<int64_t, std::vector<double>> scores_by_networks);

// Adds the calibration rows' scores of another name, by as many networks as the
// primary ones: at most 200 order statistics. INVALID_ARGUMENT unless there is
// one finite score for each row.
absl::Status AddOtherScore(absl::string_view name, std::vector<double> scores,
                           Calibration* calibration);

// The ood_score of a row of which `networks` networks gave the primary score
// `score`, in [0, 1): exact for up to as many rows as quantiles, else rounded
// down. None for fewer than LeastNetworks, and for a NaN.
std::optional<double> OodScore(const Calibration& calibration, int64_t networks,
                               double score);

// Whether an ood_score has reached the threshold; none if no row could, for
// lack of calibration rows.
std::optional<bool> IsOod(const Calibration& calibration, double ood_score);

// The fewest networks that have an ood_score.
int64_t LeastNetworks(const Calibration& calibration);

// The fewest calibration rows at which a row can reach the threshold, as 19 for
// 0.95; none for a threshold of 1, which no row reaches.
std::optional<int64_t> LeastRows(double threshold);

}  // namespace hypergan
