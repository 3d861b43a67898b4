#pragma once

#include <vector>

#include "absl/types/span.h"

namespace hypergan::server {

// How far rows are from the calibration rows, by the histogram of their
// ood_score, which is uniform for rows like those (docs/drift.md).
struct Drift {
  double rows = 0;
  // The Kolmogorov-Smirnov distance: the greatest difference of the cumulative
  // shares, at the bounds of the buckets.
  double ks = 0;
  // The population stability index over the ten deciles.
  double psi = 0;
};

// `cumulative[i]` rows have a score of at most `bounds[i]`, of `rows` in all.
// The deciles must be among the bounds. All zero without rows.
Drift DriftOf(absl::Span<const double> bounds,
              absl::Span<const double> cumulative, double rows);

}  // namespace hypergan::server
