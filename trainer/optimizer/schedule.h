#pragma once

#include <cstdint>

namespace hypergan::trainer {

// The factor on all learning rates at `step` of `total`: a linear rise over the
// first tenth, then half a cosine down to zero (one cycle; Smith 2018).
double OneCycle(int64_t step, int64_t total);

}  // namespace hypergan::trainer
