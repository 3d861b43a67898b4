#include "data/images/webp_file.h"

#include <webp/decode.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace hypergan::data {
namespace {

// [area, 4] to [area, 3].
std::vector<uint8_t> OverBlack(const std::vector<uint8_t>& colours) {
  const size_t area = colours.size() / 4;
  std::vector<uint8_t> opaque(3 * area);
  for (size_t i = 0; i < area; ++i) {
    const int alpha = colours[4 * i + 3];
    for (size_t c = 0; c < 3; ++c) {
      opaque[3 * i + c] =
          static_cast<uint8_t>((colours[4 * i + c] * alpha + 127) / 255);
    }
  }
  return opaque;
}

}  // namespace

bool IsWebp(absl::string_view bytes) {
  return bytes.substr(0, 4) == "RIFF" && bytes.size() >= 12 &&
         bytes.substr(8, 4) == "WEBP";
}

absl::StatusOr<Raster> DecodeWebp(absl::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  WebPBitstreamFeatures facts;
  if (WebPGetFeatures(data, bytes.size(), &facts) != VP8_STATUS_OK) {
    return absl::DataLossError("damaged WebP");
  }
  HG_RETURN_IF_ERROR(CheckImageSides(facts.height, facts.width));
  if (facts.has_animation != 0) {
    return absl::InvalidArgumentError("expected one picture, got an animation");
  }
  const bool has_alpha = facts.has_alpha != 0;
  const int row_bytes = (has_alpha ? 4 : 3) * facts.width;
  std::vector<uint8_t> pixels(static_cast<size_t>(row_bytes) *
                              static_cast<size_t>(facts.height));
  const auto decode = has_alpha ? &WebPDecodeRGBAInto : &WebPDecodeRGBInto;
  if (decode(data, bytes.size(), pixels.data(), pixels.size(), row_bytes) ==
      nullptr) {
    return absl::DataLossError("damaged WebP, or one that ends early");
  }
  Raster raster;
  raster.height = facts.height;
  raster.width = facts.width;
  raster.channels = 3;
  raster.pixels = has_alpha ? OverBlack(pixels) : std::move(pixels);
  return raster;
}

}  // namespace hypergan::data
