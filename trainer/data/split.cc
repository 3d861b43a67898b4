#include "trainer/data/split.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hypergan/checkpoint/calibration.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

// Calibration rows of a small set: a tenth, or as many as is_ood takes where
// these are no more than a fifth.
int64_t SmallCalibration(int64_t rows) {
  const int64_t least = *LeastRows(Calibration().threshold);
  return std::max(rows / 10, least <= rows / 5 ? least : 0);
}

}  // namespace

absl::StatusOr<Split> SplitRows(const Rows& rows, const SplitSizes& sizes,
                                uint64_t seed) {
  const int64_t tenth = rows.size() / 10;
  const bool is_small = sizes.validation + sizes.calibration > 4 * tenth;
  const int64_t validation =
      is_small ? std::min(tenth, sizes.validation) : sizes.validation;
  const int64_t calibration =
      is_small ? std::min(SmallCalibration(rows.size()), sizes.calibration)
               : sizes.calibration;
  const int64_t rest = rows.size() - validation - calibration;
  const int64_t training = sizes.training > 0 ? sizes.training : rest;
  if (rest < 1 || training > rest) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", std::max<int64_t>(training, 1),
                     " rows to train on, got ", rest, " of ", rows.size()));
  }
  const at::Tensor order =
      Permutation(StreamSeed(seed, Stream::kSplit), 0, rows.size());
  Split split;
  split.validation = rows.Select(order.narrow(0, 0, validation));
  split.calibration = rows.Select(order.narrow(0, validation, calibration));
  split.training =
      rows.Select(order.narrow(0, validation + calibration, training));
  return split;
}

}  // namespace hypergan::trainer
