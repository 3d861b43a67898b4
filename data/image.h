#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan::data {

// Pixels with the channels first, as networks take them.
struct Image {
  std::vector<int64_t> shape;   // [channels, height, width]
  std::vector<uint8_t> pixels;  // row-major in `shape`
};

// Is this the beginning of a JPEG or PNG file?
bool IsImage(absl::string_view bytes);

// Decodes a JPEG or PNG file: which, its first bytes decide. `channels` is 1
// (grey; colours become their luminance), 3 (red, green, blue), or 0: whichever
// the file has. Transparency is laid over black. INVALID_ARGUMENT for anything
// else, or a side beyond kMaxImageSide; DATA_LOSS for a truncated or damaged
// file: a picture is decoded whole or not at all.
absl::StatusOr<Image> DecodeImage(absl::string_view bytes,
                                  int64_t channels = 0);

}  // namespace hypergan::data
