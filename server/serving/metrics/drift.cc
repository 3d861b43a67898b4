#include "server/serving/metrics/drift.h"

#include <algorithm>
#include <cmath>

namespace hypergan::server {
namespace {

constexpr int kBins = 10;
// An empty bin would make the index infinite. The rules have the same number.
constexpr double kLeastShare = 1e-4;

double ShareUpTo(double bound, absl::Span<const double> bounds,
                 absl::Span<const double> cumulative, double rows) {
  const auto found =
      std::lower_bound(bounds.begin(), bounds.end(), bound - 1e-9);
  if (found == bounds.end()) return 1;
  return cumulative[found - bounds.begin()] / rows;
}

}  // namespace

Drift DriftOf(absl::Span<const double> bounds,
              absl::Span<const double> cumulative, double rows) {
  Drift drift;
  if (rows <= 0) return drift;
  drift.rows = rows;
  for (size_t i = 0; i < bounds.size(); ++i) {
    drift.ks = std::max(drift.ks, std::abs(cumulative[i] / rows - bounds[i]));
  }
  double before = 0;
  for (int bin = 1; bin <= kBins; ++bin) {
    const double up_to = bin == kBins
                             ? 1
                             : ShareUpTo(static_cast<double>(bin) / kBins,
                                         bounds, cumulative, rows);
    const double share = std::max(up_to - before, kLeastShare);
    drift.psi += (share - 1.0 / kBins) * std::log(share * kBins);
    before = up_to;
  }
  return drift;
}

}  // namespace hypergan::server
