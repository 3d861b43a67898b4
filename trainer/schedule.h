#pragma once

#include <cstdint>

namespace hypergan::trainer {

// Steps in which `rows` rows, at least one, are seen once in batches of
// `batch_size`, or in one of them all if there are fewer. Rows that fill no
// batch are left for another epoch.
int64_t StepsPerEpoch(int64_t rows, int64_t batch_size);

// The factor on all learning rates at `step` of `total`: a linear rise over the
// first tenth, then half a cosine down to zero (one cycle; Smith 2018).
double OneCycle(int64_t step, int64_t total);

}  // namespace hypergan::trainer
