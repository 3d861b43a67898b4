#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/types/span.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// The reliability diagram of `probabilities` [..., R, K] for `labels` int64
// [R]: rows in 15 equal-width bins [i/15, (i+1)/15) of the largest probability
// (Guo et al. 2017), certainty in the last. Leading dimensions, as of networks,
// are pooled.
std::vector<ReliabilityBin> Reliability(const at::Tensor& probabilities,
                                        const at::Tensor& labels);

// sum over bins of share * |accuracy - confidence|.
double ExpectedCalibrationError(absl::Span<const ReliabilityBin> bins);
double ExpectedCalibrationError(const at::Tensor& probabilities,
                                const at::Tensor& labels);

// The ECE that R rows give by chance although their confidences are right: of
// 200 sets of labels in which a row is right with probability its confidence.
// Smaller errors, and differences that are small beside `deviation`, are noise.
struct CalibrationFloor {
  double mean = 0, deviation = 0;
};
// Of `probabilities` [R, K]; a function of these alone.
CalibrationFloor FloorOfCalibration(const at::Tensor& probabilities);

}  // namespace hypergan::trainer
