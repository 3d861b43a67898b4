#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// Of a metrics.jsonl; a million epochs have less.
inline constexpr size_t kMaxHistoryBytes = size_t{2} << 30;

// The evaluated epochs of a run, from the metrics.jsonl that it left: the
// figures of training and those of the validation rows, which share no name. Of
// an epoch that was evaluated twice (a run that was cut off and went on) the
// later counts. A last line without its end, as a run leaves it that was killed
// while it wrote, is passed over unless it is whole. NOT_FOUND for a missing
// file, DATA_LOSS for any other line that is not what training writes.
absl::StatusOr<std::vector<EpochResult>> ReadHistory(const std::string& path);

}  // namespace hypergan::trainer
