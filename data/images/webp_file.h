#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/images/raster.h"

namespace hypergan::data {

// Is this the beginning of a WebP file?
bool IsWebp(absl::string_view bytes);

// Decodes a WebP file, lossy or lossless, as libwebp and Pillow do. It is
// colour, for the format has no grey. Transparency is laid over black as of
// PNG: v * alpha / 255, rounded. Colour profiles and EXIF are not applied.
//
// INVALID_ARGUMENT as CheckImageSides, and for an animation; DATA_LOSS for a
// file that is damaged or ends before its last pixel.
absl::StatusOr<Raster> DecodeWebp(absl::string_view bytes);

}  // namespace hypergan::data
