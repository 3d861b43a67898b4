#pragma once

#include "absl/types/span.h"

namespace hypergan::load {

// The smallest of `sorted` (ascending) that at least the share `q`, in (0, 1],
// of them does not exceed: the nearest rank, always one of the values. 0 for
// none.
double Percentile(absl::Span<const double> sorted, double q);

}  // namespace hypergan::load
