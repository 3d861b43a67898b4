#pragma once

#include <cstdint>

#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// Whether rows are points of a curve: one number in, one out.
bool IsCurve(const Rows& rows);

// Mean and deviation (unbiased; 0 of one) of the first `networks` of
// outputs.network_outputs [N, R, 1] on the points of a curve, in ascending x.
BandResult BandOf(const Rows& rows, const EnsembleOutputs& outputs,
                  int64_t networks);

}  // namespace hypergan::trainer
