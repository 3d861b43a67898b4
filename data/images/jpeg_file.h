#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/images/raster.h"

namespace hypergan::data {

// The most scans of a progressive JPEG file. Encoders write some ten; each may
// take the decoder as long as a whole picture.
inline constexpr int kMaxJpegScans = 100;

// Is this the beginning of a JPEG file?
bool IsJpeg(absl::string_view bytes);

// Decodes a JPEG file, baseline or progressive, by the exact integer transform
// and with smoothed chroma, as Pillow does. CMYK and YCCK are taken as Adobe
// writes them (inverted) and become colour: (255 - c) * (255 - k) / 255.
// Neither a colour profile nor the orientation in EXIF is applied.
//
// Stray bytes and odd headers lose no pixel: they are the raster's warning.
// DATA_LOSS for a file that ends before its end marker, or whose pixels cannot
// all be decoded. INVALID_ARGUMENT as CheckImageSides, for more than
// kMaxJpegScans, and for the kinds that are not supported (12 bits a sample,
// lossless, two components). RESOURCE_EXHAUSTED where memory runs out.
absl::StatusOr<Raster> DecodeJpeg(absl::string_view bytes);

}  // namespace hypergan::data
