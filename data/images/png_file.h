#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/images/raster.h"

namespace hypergan::data {

// Is this the beginning of a PNG file?
bool IsPng(absl::string_view bytes);

// Decodes a PNG file to the numbers that it holds. Gamma and colour profiles
// (gAMA, cHRM, sRGB, iCCP) change nothing. Samples of 1, 2 and 4 bits are
// stretched to 0 .. 255, those of 16 bits become the nearest of v * 255 /
// 65535. Transparency is then laid over black: v * alpha / 255, rounded. A
// palette counts as colour.
//
// INVALID_ARGUMENT as CheckImageSides; DATA_LOSS for a file that is damaged or
// ends before its last pixel; RESOURCE_EXHAUSTED where memory runs out.
absl::StatusOr<Raster> DecodePng(absl::string_view bytes);

}  // namespace hypergan::data
