#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/checkpoint/manifest.h"

// What an answer says about the truth of a row, from what networks say about it
// and from what the manifest knows. Without LibTorch.
namespace hypergan {

// INVALID_ARGUMENT unless 0 < coverage < 1.
absl::Status CheckCoverage(double coverage);

// Half the width of the central interval of a standard normal distribution that
// holds `coverage` of it, 0 < coverage < 1: 1.96 for 0.95.
double NormalHalfWidth(double coverage);

// Of one minus the probability of a row's own label, for held-out rows: at most
// 1,000 order statistics, none below its rank. `scores` are finite, at least
// one.
LabelCalibration CalibrateLabels(std::vector<double> scores);

// The least probability that a class of a prediction set has, so that the sets
// hold the true class of `coverage` of rows that are exchangeable with the
// calibration rows, or more: split conformal prediction with the score
// 1 - p[label] (Sadinle, Lei, Wasserman, Least Ambiguous Set-Valued
// Classifiers, 2019). FAILED_PRECONDITION, saying how many rows it takes, if
// the checkpoint has no calibration of labels or too few rows for so high a
// coverage.
absl::StatusOr<double> LeastProbability(const Manifest& manifest,
                                        double coverage);

// The classes of at least that probability, most probable first. Never empty:
// a row of which no class is as probable gets its most probable one.
std::vector<int> PredictionSet(absl::Span<const float> probabilities,
                               double least_probability);

}  // namespace hypergan
