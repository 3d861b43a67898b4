#include "data/images/png_file.h"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace hypergan::data {
namespace {

// What libpng may read while it gives no row: a row of kMaxImageSide pixels of
// 8 bytes takes some 32 KiB. It unpacks what follows the last row in search of
// the end, to a thousand times these bytes.
constexpr size_t kMaxBytesWithoutRow = size_t{1} << 18;

constexpr size_t kMaxMessageBytes = 200;

constexpr absl::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

// libpng reports an error by a jump out of its functions. Each method below
// that calls them lands it itself, and holds nothing that a destructor would
// have to free.
class PngDecoder {
 public:
  explicit PngDecoder(absl::string_view bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &OnError,
                                  &OnWarning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  absl::StatusOr<Raster> Decode();

 private:
  [[noreturn]] static void OnError(png_structp png, png_const_charp message);
  static void OnWarning(png_structp png, png_const_charp message);
  static void GiveBytes(png_structp png, png_bytep out, size_t count);
  static void OnRow(png_structp png, png_uint_32 row, int pass);

  // False, with `message_`, where the file cannot be decoded.
  bool ReadHeader();
  bool Expand();
  bool ReadPixels();
  void ReadEnd();
  absl::Status Failure() const;
  Raster Opaque(int64_t height, int64_t width);

  absl::string_view rest_;  // what libpng has not read yet
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  // Of the error, and of the first warning: libpng's calls must not throw.
  char message_[kMaxMessageBytes] = "";
  char warning_[kMaxMessageBytes] = "";
  size_t bytes_without_row_ = 0;
  bool is_reading_pixels_ = false;
  int64_t channels_ = 0;         // of `pixels_`: 1 to 4
  std::vector<uint8_t> pixels_;  // [height, width, channels_]
  std::vector<png_bytep> rows_;  // where each row of `pixels_` begins
};

void PngDecoder::OnError(png_structp png, png_const_charp message) {
  auto& self = *static_cast<PngDecoder*>(png_get_error_ptr(png));
  std::snprintf(self.message_, kMaxMessageBytes, "%s", message);
  png_longjmp(png, 1);
}

void PngDecoder::OnWarning(png_structp png, png_const_charp message) {
  auto& self = *static_cast<PngDecoder*>(png_get_error_ptr(png));
  // A tRNS chunk is part of the pixels, unless they have alpha themselves: to
  // lose it is no mere warning.
  const bool has_alpha =
      (png_get_color_type(png, self.info_) & PNG_COLOR_MASK_ALPHA) != 0;
  if (absl::StartsWith(message, "tRNS") && !has_alpha) png_error(png, message);
  if (self.warning_[0] != '\0') return;
  std::snprintf(self.warning_, kMaxMessageBytes, "%s", message);
}

void PngDecoder::GiveBytes(png_structp png, png_bytep out, size_t count) {
  auto& self = *static_cast<PngDecoder*>(png_get_io_ptr(png));
  if (count > self.rest_.size()) png_error(png, "the file ends early");
  self.bytes_without_row_ += count;
  if (self.is_reading_pixels_ &&
      self.bytes_without_row_ > kMaxBytesWithoutRow) {
    png_error(png, "IDAT: more data than pixels");
  }
  std::memcpy(out, self.rest_.data(), count);
  self.rest_.remove_prefix(count);
}

void PngDecoder::OnRow(png_structp png, png_uint_32 /*row*/, int /*pass*/) {
  static_cast<PngDecoder*>(png_get_io_ptr(png))->bytes_without_row_ = 0;
}

bool PngDecoder::ReadHeader() {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_set_read_fn(png_, this, &GiveBytes);
  // Sides are checked by CheckImageSides, which says what they are.
  png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // Passes over every chunk but IHDR, PLTE, tRNS, IDAT and IEND: gamma and
  // profiles have no effect, and compressed texts are not unpacked.
  png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png_, info_);
  return true;
}

// Every kind of sample to 8 bits, palettes to colours, tRNS to alpha.
bool PngDecoder::Expand() {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_set_expand(png_);
  png_set_scale_16(png_);
  png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
  channels_ = png_get_channels(png_, info_);
  return true;
}

bool PngDecoder::ReadPixels() {
  if (setjmp(png_jmpbuf(png_)) != 0) return false;
  png_set_read_status_fn(png_, &OnRow);
  bytes_without_row_ = 0;
  is_reading_pixels_ = true;
  png_read_image(png_, rows_.data());
  return true;
}

// What follows the pixels: whatever is wrong there, they are all here.
void PngDecoder::ReadEnd() {
  if (setjmp(png_jmpbuf(png_)) != 0) {
    if (warning_[0] == '\0') std::memcpy(warning_, message_, sizeof(warning_));
    return;
  }
  is_reading_pixels_ = false;
  png_read_end(png_, nullptr);
}

absl::Status PngDecoder::Failure() const {
  return absl::DataLossError(absl::StrCat("damaged PNG: ", message_));
}

// The pixels without their transparency, which is laid over black.
Raster PngDecoder::Opaque(int64_t height, int64_t width) {
  const bool has_alpha = channels_ == 2 || channels_ == 4;
  const int64_t colours = has_alpha ? channels_ - 1 : channels_;
  Raster raster{height, width, colours, {}, warning_};
  if (!has_alpha) {
    raster.pixels = std::move(pixels_);
    return raster;
  }
  raster.pixels.reserve(height * width * colours);
  for (auto pixel = pixels_.begin(); pixel != pixels_.end();
       pixel += channels_) {
    const int alpha = pixel[colours];
    for (int64_t c = 0; c < colours; ++c) {
      raster.pixels.push_back(
          static_cast<uint8_t>((pixel[c] * alpha + 127) / 255));
    }
  }
  return raster;
}

absl::StatusOr<Raster> PngDecoder::Decode() {
  if (info_ == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (!ReadHeader()) return Failure();
  const int64_t height = png_get_image_height(png_, info_);
  const int64_t width = png_get_image_width(png_, info_);
  HG_RETURN_IF_ERROR(CheckImageSides(height, width));
  if (!Expand()) return Failure();
  pixels_.resize(height * width * channels_);
  for (int64_t y = 0; y < height; ++y) {
    rows_.push_back(pixels_.data() + y * width * channels_);
  }
  if (!ReadPixels()) return Failure();
  ReadEnd();
  return Opaque(height, width);
}

}  // namespace

bool IsPng(absl::string_view bytes) {
  return absl::StartsWith(bytes, kPngSignature);
}

absl::StatusOr<Raster> DecodePng(absl::string_view bytes) {
  return PngDecoder(bytes).Decode();
}

}  // namespace hypergan::data
