#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/images/image_options.h"
#include "data/split.h"
#include "data/tables/csv.h"

namespace hypergan::trainer {

// A split of `spec` (data/open.h) for networks that take rows of `input_shape`:
// image files are decoded to its channels, and resized as `images` says. The
// reader's notes are printed.
absl::StatusOr<data::Dataset> OpenDataset(const std::string& spec,
                                          data::Split split,
                                          absl::Span<const int64_t> input_shape,
                                          const data::CsvOptions& csv = {},
                                          data::ImageOptions images = {});

// The same of the test split, or of all rows where there is none.
absl::StatusOr<data::Dataset> OpenDatasetToAsk(
    const std::string& spec, absl::Span<const int64_t> input_shape,
    const data::CsvOptions& csv = {}, data::ImageOptions images = {});

// To stderr, a line each.
void PrintNotes(const std::vector<std::string>& notes);

}  // namespace hypergan::trainer
