#pragma once

#include <cstdint>

namespace hypergan::data {

// How picture files become rows.
struct ImageOptions {
  // 1 (grey), 3 (colour), or 0: colour if any file is.
  int64_t channels = 0;
  // Pixels to resize all pictures to; 0: none is resized.
  int64_t height = 0;
  int64_t width = 0;

  bool resizes() const { return height > 0; }
};

}  // namespace hypergan::data
