#pragma once

#include <vector>

#include "absl/types/span.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// How a score tells `outside` rows (positive) from `inside` rows, higher
// meaning further out; scores are finite. Everything follows scikit-learn: AUPR
// is average precision, sum over distinct thresholds of (R_n - R_{n-1}) P_n,
// with equal scores at one threshold; `aupr_in` turns both classes and the
// score round; `fpr95` is the false positive rate at the first threshold whose
// true positive rate is at least 0.95. The ROC begins at (0, 0), ends at (1,
// 1), and is thinned evenly to at most 201 points. All figures are NaN and all
// curves empty if either set is empty. O(n log n).
Separation Separate(absl::Span<const double> inside,
                    absl::Span<const double> outside);

// The order statistics of `scores` at shares i / 200, i = 0..200: the least
// score that at least that share of the rows does not exceed. Empty if `scores`
// is.
std::vector<double> Quantiles(absl::Span<const double> scores);

}  // namespace hypergan::trainer
