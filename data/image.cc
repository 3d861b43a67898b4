#include "data/image.h"

#include <png.h>
#include <turbojpeg.h>

#include <memory>
#include <type_traits>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "data/limits.h"
#include "hypergan/status_macros.h"

namespace hypergan::data {
namespace {

constexpr absl::string_view kJpegSignature = "\xff\xd8\xff";
constexpr absl::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

absl::Status CheckSides(int64_t height, int64_t width) {
  if (height >= 1 && height <= kMaxImageSide && width >= 1 &&
      width <= kMaxImageSide) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("expected an image of at most ", kMaxImageSide, "x",
                   kMaxImageSide, " pixels, got ", height, "x", width));
}

// Decoders give [height, width, channels].
Image ChannelsFirst(const std::vector<uint8_t>& pixels, int64_t channels,
                    int64_t height, int64_t width) {
  Image image{{channels, height, width}, std::vector<uint8_t>(pixels.size())};
  const int64_t area = height * width;
  for (int64_t i = 0; i < area; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      image.pixels[c * area + i] = pixels[i * channels + c];
    }
  }
  return image;
}

absl::StatusOr<Image> DecodeJpeg(absl::string_view bytes, int64_t channels) {
  std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(),
                                                   &tjDestroy);
  if (decoder == nullptr) return absl::ResourceExhaustedError(tjGetErrorStr());
  const auto damaged = [&] {
    return absl::DataLossError(
        absl::StrCat("damaged JPEG: ", tjGetErrorStr2(decoder.get())));
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  // A file of tables alone passes as read and sets none of these.
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height,
                          &subsampling, &colours) != 0 ||
      width == 0) {
    return damaged();
  }
  HG_RETURN_IF_ERROR(CheckSides(height, width));
  if (channels == 0) channels = colours == TJCS_GRAY ? 1 : 3;
  std::vector<uint8_t> pixels(channels * height * width);
  // A truncated file is only a warning to the library: stop there.
  if (tjDecompress2(decoder.get(), data, bytes.size(), pixels.data(), width,
                    /*pitch=*/0, height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0) {
    return damaged();
  }
  return ChannelsFirst(pixels, channels, height, width);
}

absl::StatusOr<Image> DecodePng(absl::string_view bytes, int64_t channels) {
  png_image decoder = {};
  decoder.version = PNG_IMAGE_VERSION;
  absl::Cleanup free = [&decoder] { png_image_free(&decoder); };
  const auto damaged = [&] {
    return absl::DataLossError(absl::StrCat("damaged PNG: ", decoder.message));
  };
  if (!png_image_begin_read_from_memory(&decoder, bytes.data(), bytes.size())) {
    return damaged();
  }
  const int64_t height = decoder.height;
  const int64_t width = decoder.width;
  HG_RETURN_IF_ERROR(CheckSides(height, width));
  if (channels == 0) {
    channels = (decoder.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
  }
  decoder.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::vector<uint8_t> pixels(channels * height * width);
  const png_color black = {};
  if (!png_image_finish_read(&decoder, &black, pixels.data(), /*row_stride=*/0,
                             /*colormap=*/nullptr) ||
      PNG_IMAGE_FAILED(decoder)) {
    return damaged();
  }
  return ChannelsFirst(pixels, channels, height, width);
}

}  // namespace

bool IsImage(absl::string_view bytes) {
  return absl::StartsWith(bytes, kJpegSignature) ||
         absl::StartsWith(bytes, kPngSignature);
}

absl::StatusOr<Image> DecodeImage(absl::string_view bytes, int64_t channels) {
  if (channels != 0 && channels != 1 && channels != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("images decode to 1 or 3 channels, not ", channels));
  }
  if (absl::StartsWith(bytes, kJpegSignature)) {
    return DecodeJpeg(bytes, channels);
  }
  if (absl::StartsWith(bytes, kPngSignature)) return DecodePng(bytes, channels);
  return absl::InvalidArgumentError("expected a JPEG or PNG file");
}

}  // namespace hypergan::data
