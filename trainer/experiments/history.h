#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/experiments/result.h"

namespace hypergan::trainer {

// The judged epochs of a run, from the metrics.jsonl that it left: the figures
// of training and those of the validation rows, which share no name. Of an
// epoch that was judged twice (a run that was cut off and went on) the later
// counts. NOT_FOUND for a missing file, DATA_LOSS for a line that is not what
// training writes.
absl::StatusOr<std::vector<EpochResult>> ReadHistory(const std::string& path);

}  // namespace hypergan::trainer
