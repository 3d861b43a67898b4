#include "client/load/percentile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hypergan::load {

double Percentile(absl::Span<const double> sorted, double q) {
  if (sorted.empty()) return 0;
  // Shares as 0.9 are no binary fractions: without the allowance, 0.9 of ten
  // values could be ten of them.
  const double rank =
      std::ceil(q * static_cast<double>(sorted.size()) * (1 - 1e-15));
  const size_t index = static_cast<size_t>(std::max(rank, 1.0)) - 1;
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace hypergan::load
