#pragma once

#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/labels.h"
#include "server/engine.h"

namespace hypergan::server {

// A histogram of one score of the rows. It takes a request's rows at once, so
// that its lock is taken once a request. Thread-safe.
class ScoreHistogram {
 public:
  using Family = prometheus::Family<prometheus::Histogram>;
  using Score = double RowScores::*;

  static constexpr double kMostSummed = 1e12;

  ScoreHistogram(Family& family, const prometheus::Labels& labels,
                 std::vector<double> bounds, Score score);

  // Scores that are not finite (they have no meaning) are left out: one NaN
  // would spoil the histogram's sum for good. So would one huge number, beside
  // which later ones are less than its last digit: in the sum none counts for
  // more than kMostSummed.
  void Observe(absl::Span<const RowScores> rows);

  // Takes it out of the family; it cannot be used any more.
  void RemoveFrom(Family& family) { family.Remove(&histogram_); }

 private:
  const std::vector<double> bounds_;  // upper, ascending
  const Score score_;
  prometheus::Histogram& histogram_;
};

}  // namespace hypergan::server
