#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer::report {

// What a report is made of at most.
struct FindLimits {
  size_t results = 1000;
  size_t total_bytes = size_t{1} << 28;
  size_t entries = 1'000'000;  // files and folders looked at
  int depth = 12;              // folders within folders
};

// Reads every result.json in `paths`: folders, searched with all that is in
// them (links are not followed), or files. Each once, ordered by its path.
// NOT_FOUND for a path that is not there and where there is no result at all,
// INVALID_ARGUMENT, naming the file, for one that is no result,
// RESOURCE_EXHAUSTED beyond the limits.
absl::StatusOr<std::vector<ExperimentResult>> FindResults(
    const std::vector<std::string>& paths, const FindLimits& limits = {});

}  // namespace hypergan::trainer::report
