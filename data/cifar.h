#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "data/dataset.h"
#include "data/split.h"

namespace hypergan::data {

// Reads CIFAR-10 in its official binary form from `folder`: data_batch_1.bin to
// data_batch_5.bin, or test_batch.bin, whole records of one label byte and
// 3 * 32 * 32 pixel bytes. Class names come from batches.meta.txt, one a line,
// if it is there. NOT_FOUND for a missing batch, INVALID_ARGUMENT for a label
// above 9, DATA_LOSS for a size that is no number of records.
absl::StatusOr<Dataset> ReadCifar(const std::string& folder, Split split);

}  // namespace hypergan::data
