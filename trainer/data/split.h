#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "trainer/data/rows.h"

namespace hypergan::trainer {

// What each training row is used for, fixed by the seed: weights are fitted to
// `training`, epochs and models are chosen on `validation`, ood_score's
// quantiles come from `calibration`. No row is in two of them. Rows to test on
// are set aside before (data/tables/test_split.h).
struct Split {
  Rows training, validation, calibration;
};

struct SplitSizes {
  int64_t validation = 5000;
  int64_t calibration = 5000;
  int64_t training = 0;  // 0: all the rest; else a fixed subset of that size
};

// Shares out `rows`. A set too small for the sizes gives a tenth to each of
// validation and calibration instead, but to calibration the 19 rows that
// is_ood takes (hypergan/checkpoint/calibration.h) if a fifth is as many.
// INVALID_ARGUMENT if nothing is left to train on, or fewer rows than
// sizes.training.
absl::StatusOr<Split> SplitRows(const Rows& rows, const SplitSizes& sizes,
                                uint64_t seed);

}  // namespace hypergan::trainer
