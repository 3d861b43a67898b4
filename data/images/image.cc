#include "data/images/image.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/images/jpeg_file.h"
#include "data/images/png_file.h"
#include "data/images/raster.h"
#include "data/images/webp_file.h"

namespace hypergan::data {
namespace {

absl::StatusOr<Raster> DecodeRaster(absl::string_view bytes) {
  if (IsJpeg(bytes)) return DecodeJpeg(bytes);
  if (IsPng(bytes)) return DecodePng(bytes);
  if (IsWebp(bytes)) return DecodeWebp(bytes);
  return absl::InvalidArgumentError("expected a JPEG, PNG or WebP file");
}

// Rec. 601 luma in units of 1 / 65536, as Pillow's convert("L").
uint8_t Luma(const uint8_t* rgb) {
  constexpr int kHalf = 1 << 15;
  const int sum = 19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2];
  return static_cast<uint8_t>((sum + kHalf) >> 16);
}

// [area, 3] to [area].
std::vector<uint8_t> ToGrey(const std::vector<uint8_t>& colours) {
  std::vector<uint8_t> grey(colours.size() / 3);
  for (size_t i = 0; i < grey.size(); ++i) grey[i] = Luma(&colours[3 * i]);
  return grey;
}

// [area, 3] to [3, area].
std::vector<uint8_t> ChannelsFirst(const std::vector<uint8_t>& colours) {
  const size_t area = colours.size() / 3;
  std::vector<uint8_t> planes(colours.size());
  for (size_t i = 0; i < area; ++i) {
    for (size_t c = 0; c < 3; ++c) planes[c * area + i] = colours[3 * i + c];
  }
  return planes;
}

}  // namespace

bool IsImage(absl::string_view bytes) {
  return IsJpeg(bytes) || IsPng(bytes) || IsWebp(bytes);
}

bool NamesImage(absl::string_view name) {
  for (const absl::string_view ending :
       {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff",
        ".heic", ".avif", ".jp2", ".ppm", ".pgm"}) {
    if (absl::EndsWithIgnoreCase(name, ending)) return true;
  }
  return false;
}

absl::StatusOr<Image> DecodeImage(absl::string_view bytes, int64_t channels) {
  if (channels != 0 && channels != 1 && channels != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("images decode to 1 or 3 channels, not ", channels));
  }
  HG_ASSIGN_OR_RETURN(Raster raster, DecodeRaster(bytes));
  if (channels == 0) channels = raster.channels;
  Image image{
      {channels, raster.height, raster.width}, {}, std::move(raster.warning)};
  if (raster.channels == 1) {
    const int64_t area = raster.height * raster.width;
    image.pixels = channels == 1 ? std::move(raster.pixels)
                                 : GreyToColour(raster.pixels, area);
  } else {
    image.pixels =
        channels == 1 ? ToGrey(raster.pixels) : ChannelsFirst(raster.pixels);
  }
  return image;
}

int64_t ImageChannels(absl::Span<const int64_t> input_shape) {
  const bool is_image =
      input_shape.size() == 3 && (input_shape[0] == 1 || input_shape[0] == 3);
  return is_image ? input_shape[0] : 0;
}

std::vector<uint8_t> GreyToColour(const std::vector<uint8_t>& grey,
                                  int64_t area) {
  std::vector<uint8_t> colours;
  colours.reserve(3 * grey.size());
  for (auto image = grey.begin(); image != grey.end(); image += area) {
    for (int c = 0; c < 3; ++c) {
      colours.insert(colours.end(), image, image + area);
    }
  }
  return colours;
}

}  // namespace hypergan::data
