#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hypergan::data {

// Pixels with the channels first, as networks take them.
struct Image {
  std::vector<int64_t> shape;   // [channels, height, width]
  std::vector<uint8_t> pixels;  // row-major in `shape`
  // What is wrong with the file without touching a pixel, as stray bytes; empty
  // for a flawless file.
  std::string warning;
};

// By so many bytes a file can be known.
inline constexpr size_t kImageStartBytes = 12;

// Is this the beginning of a JPEG, PNG or WebP file?
bool IsImage(absl::string_view bytes);

// Is this the name of a picture, in any usual format? A file of another name
// that is no image is not meant as one.
bool NamesImage(absl::string_view name);

// Decodes a JPEG, PNG or WebP file: which, its first bytes decide. Pixels are
// the file's numbers as data/images/png_file.h, jpeg_file.h and webp_file.h
// say. `channels` is 1 (grey), 3 (red, green, blue), or 0: what the file has,
// by its format and not by its colours. Colours become grey by Rec. 601 in
// integers,
//   (19595 red + 38470 green + 7471 blue + 32768) / 65536,
// grey becomes colour by repetition.
//
// INVALID_ARGUMENT for anything but a JPEG, PNG or WebP file; the other errors
// are those of the readers. A picture is decoded whole or not at all.
absl::StatusOr<Image> DecodeImage(absl::string_view bytes,
                                  int64_t channels = 0);

// The channels to decode images to for a network that takes rows of
// `input_shape`: 1 or 3 of [channels, height, width]; 0 for any other shape.
int64_t ImageChannels(absl::Span<const int64_t> input_shape);

// Grey images of `area` pixels each, one after the other, as colour images:
// [rows, area] to [rows, 3, area].
std::vector<uint8_t> GreyToColour(const std::vector<uint8_t>& grey,
                                  int64_t area);

}  // namespace hypergan::data
