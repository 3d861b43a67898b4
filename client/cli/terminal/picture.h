#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "client/cli/terminal/style.h"

namespace hypergan::client {

inline constexpr int kMaxPictureColumns = 32;

// An image in characters.
struct Picture {
  int columns = 0;                 // the width of each line on the screen
  std::vector<std::string> lines;  // top to bottom
};

// Draws pixels in [0, 1], channels first; larger images are made smaller. A
// character is about twice as high as wide: it stands for two pixels, one above
// the other, in the ansi style each in its own colour, else both in one of a
// ramp of greys. No lines for what is no image: a shape other than [height,
// width] and [1 or 3, height, width].
Picture DrawPicture(absl::Span<const float> pixels,
                    absl::Span<const int64_t> shape, Style style);

}  // namespace hypergan::client
