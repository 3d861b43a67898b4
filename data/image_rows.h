#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"

namespace hypergan::data {

// Decodes `bytes`, a JPEG or PNG file, and appends the image to rows that all
// look like the first. `channels` is 1, 3, or 0 for what the first file has.
// Every error begins with `name`: those of DecodeImage, and INVALID_ARGUMENT
// for a shape that differs from the first one's or beyond kMaxDatasetBytes in
// all; `dataset` is then as it was.
absl::Status AppendImage(absl::string_view name, absl::string_view bytes,
                         int64_t channels, Dataset& dataset);

}  // namespace hypergan::data
