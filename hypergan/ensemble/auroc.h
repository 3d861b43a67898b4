#pragma once

#include "absl/types/span.h"

namespace hypergan {

// The area under the ROC curve with `outside` as the positives: the probability
// that a random row of `outside` scores above a random row of `inside`, ties
// counting one half (Mann-Whitney). NaN if either is empty. O(n log n).
double Auroc(absl::Span<const double> inside, absl::Span<const double> outside);

}  // namespace hypergan
