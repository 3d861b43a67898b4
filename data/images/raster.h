#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace hypergan::data {

// A picture as its file has it: 8 bits a channel, grey or colour.
struct Raster {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;         // 1 (grey) or 3 (red, green, blue)
  std::vector<uint8_t> pixels;  // [height, width, channels]
  // What the decoder passed over without losing a pixel; empty for a flawless
  // file.
  std::string warning;
};

// To be asked before memory is reserved: INVALID_ARGUMENT for a side of 0
// pixels or of more than kMaxImageSide.
absl::Status CheckImageSides(int64_t height, int64_t width);

}  // namespace hypergan::data
