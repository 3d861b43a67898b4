#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/dataset.h"

// The IDX files of MNIST and its relatives, gzipped or not by content.
namespace hypergan::data {

// Reads unsigned-byte images as rows [1, height, width] and, unless
// `labels_path` is empty, their labels. INVALID_ARGUMENT for a file of another
// kind, sizes outside data/limits.h, or counts that disagree; DATA_LOSS for a
// file that is truncated, damaged, or longer than its header says.
absl::StatusOr<Dataset> ReadIdx(const std::string& images_path,
                                const std::string& labels_path);

// One label a row, each in 0..255. Errors as above.
absl::StatusOr<std::vector<int64_t>> ReadIdxLabels(const std::string& path);

}  // namespace hypergan::data
