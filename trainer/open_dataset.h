#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/split.h"

namespace hypergan::trainer {

// A split of `spec` (data/open.h) for networks that take rows of `input_shape`:
// JPEG and PNG files are decoded to its channels. The reader's notes are
// printed to stderr, a line each.
absl::StatusOr<data::Dataset> OpenDataset(
    const std::string& spec, data::Split split,
    absl::Span<const int64_t> input_shape);

}  // namespace hypergan::trainer
