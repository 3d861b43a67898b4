#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "hypergan/checkpoint/manifest.h"
#include "hypergan/ensemble/ensemble.h"

namespace hypergan::trainer {

// What it buys to answer only where the ensemble is least uncertain (selective
// prediction; Geifman, El-Yaniv, Selective Classification for Deep Neural
// Networks, 2017).
struct RiskCoverage {
  // Of the share `coverage` of the rows with the lowest primary score.
  struct Point {
    double coverage = 1;  // above 0, at most 1
    double risk = 0;      // share of errors, or root mean square error
  };
  std::vector<Point> points;  // coverage 1, 0.95, 0.9, 0.8 and 0.5
  // The area under the curve of the mean loss (0-1 or squared) by coverage,
  // over every number of rows.
  double aurc = 0;

  // The same of the rows by is_ood; none where the model has no is_ood, or a
  // risk without rows.
  struct Flagged {
    int64_t rows = 0;  // that are out of distribution
    std::optional<double> risk_inside, risk_outside;
  };
  std::optional<Flagged> flagged;
};

// The score by which rows are flagged, or that suits the task: [R], or
// undefined where the outputs have no such score.
const at::Tensor& PrimaryScore(const Manifest& manifest, const Scores& scores);

// Of outputs about R >= 1 rows by `networks` networks; `targets` are labels
// int64 [R] or values float32 [R, K]. Equal scores keep the rows' order. None
// where the primary score has no meaning, as of one network that cannot
// disagree.
std::optional<RiskCoverage> MeasureRiskCoverage(const Manifest& manifest,
                                                int64_t networks,
                                                const EnsembleOutputs& outputs,
                                                const at::Tensor& targets);

}  // namespace hypergan::trainer
