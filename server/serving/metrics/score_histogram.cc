#include "server/serving/metrics/score_histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/serving/metrics/metric_families.h"
#include "server/serving/metrics/metric_table.h"

namespace hypergan::server {

ScoreHistogram::ScoreHistogram(prometheus::Registry& registry,
                               std::string_view name,
                               const prometheus::Labels& labels, Score score)
    : bounds_(SpecOf(name, MetricType::kHistogram).buckets),
      score_(score),
      histogram_(AddHistogram(registry, name, labels)) {}

void ScoreHistogram::Observe(absl::Span<const RowScores> rows) {
  std::vector<double> counts(bounds_.size() + 1);  // the last one: +Inf
  double sum = 0;
  for (const RowScores& row : rows) {
    const double value = row.*score_;
    if (!std::isfinite(value)) continue;
    // A bound belongs to its bucket: Prometheus' "le".
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts[bucket - bounds_.begin()];
    sum += std::min(value, kMostSummed);
  }
  histogram_.ObserveMultiple(counts, sum);
}

}  // namespace hypergan::server
