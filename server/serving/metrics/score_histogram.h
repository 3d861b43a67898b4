#pragma once

#include <string_view>

#include "absl/types/span.h"
#include "prometheus/histogram.h"
#include "prometheus/labels.h"
#include "prometheus/registry.h"
#include "server/engine.h"

namespace hypergan::server {

// A histogram of one score of the rows. It takes a request's rows at once, so
// that its lock is taken once a request. Thread-safe.
class ScoreHistogram {
 public:
  using Score = double RowScores::*;

  static constexpr double kMostSummed = 1e12;

  // The metric of that name of the table.
  ScoreHistogram(prometheus::Registry& registry, std::string_view name,
                 const prometheus::Labels& labels, Score score);

  // Scores that are not finite (they have no meaning) are left out: one NaN
  // would spoil the histogram's sum for good. So would one huge number, beside
  // which later ones are less than its last digit: in the sum none counts for
  // more than kMostSummed.
  void Observe(absl::Span<const RowScores> rows);

 private:
  const absl::Span<const double> bounds_;  // upper, ascending
  const Score score_;
  prometheus::Histogram& histogram_;
};

}  // namespace hypergan::server
