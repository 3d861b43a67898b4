#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace hypergan::data {

// Files in memory of `pixels`, [height, width, channels] with 1 or 3 channels;
// a JPEG also with 4, the inks of CMYK.
std::string EncodePng(const std::vector<uint8_t>& pixels, int channels,
                      int height, int width);
std::string EncodeJpeg(const std::vector<uint8_t>& pixels, int channels,
                       int height, int width, bool progressive = false);

// The same of a lossless WebP file, of 3 channels, or 4, the last of them
// alpha.
std::string EncodeWebp(const std::vector<uint8_t>& pixels, int channels,
                       int height, int width);

// A PNG file whose every pixel is the same.
std::string PlainPng(uint8_t level, int channels, int side);

// A PNG file piece by piece.
struct PngFacts {
  uint32_t width, height;
  int depth;        // bits a sample
  int colour_type;  // as the format has it: 0 grey, 2 colour, 3 palette, 4 grey
                    // with alpha, 6 colour with alpha
};
// `rows` as the format has them, each behind its filter's number; `chunks`
// stand before them.
std::string PngBytes(const PngFacts& facts, absl::string_view rows,
                     absl::string_view chunks = "");
std::string PngChunk(absl::string_view type, absl::string_view data);

}  // namespace hypergan::data
