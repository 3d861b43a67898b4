#include "data/images/jpeg_file.h"

#include <cstddef>
#include <cstdio>
// libjpeg's header uses size_t and FILE without including them, and the codes
// of jerror.h depend on its configuration.
#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include <csetjmp>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace hypergan::data {
namespace {

constexpr absl::string_view kJpegSignature = "\xff\xd8\xff";

// Warnings after which pixels are made up, not decoded.
bool LosesPixels(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:  // the data of a scan ends before its last block
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:  // a restart interval is missing or out of place
      return true;
    default:
      return false;
  }
}

// Whole files of a kind that libjpeg does not decode.
bool IsUnsupported(int code) {
  switch (code) {
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_NOTIMPL:
      return true;
    default:
      return false;
  }
}

// libjpeg reports an error by a call that must not return: it jumps. Each
// method below that calls libjpeg lands the jump itself, and holds nothing that
// a destructor would have to free.
class JpegDecoder {
 public:
  explicit JpegDecoder(absl::string_view bytes) : bytes_(bytes) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = &OnError;
    errors_.emit_message = &OnMessage;
    progress_.progress_monitor = &OnProgress;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  absl::StatusOr<Raster> Decode();

 private:
  [[noreturn]] static void OnError(j_common_ptr info);
  static void OnMessage(j_common_ptr info, int level);
  static void OnProgress(j_common_ptr info);
  static JpegDecoder& Self(j_common_ptr info) {
    return *static_cast<JpegDecoder*>(info->client_data);
  }

  // False, with `message_`, where the file cannot be decoded.
  bool ReadHeader();
  bool ReadPixels();
  absl::Status Failure() const;
  // Numbers of each pixel as libjpeg gives them: 1, 3, or 4 (CMYK).
  absl::StatusOr<int64_t> ChooseOutput();

  absl::string_view bytes_;
  jpeg_decompress_struct info_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  jmp_buf landing_;
  // Of the error, and of the first warning: libjpeg's calls must not throw.
  char message_[JMSG_LENGTH_MAX] = "";
  char warning_[JMSG_LENGTH_MAX] = "";
  bool too_many_scans_ = false;
  std::vector<uint8_t> pixels_;  // [height, width, as ChooseOutput says]
};

void JpegDecoder::OnError(j_common_ptr info) {
  JpegDecoder& self = Self(info);
  info->err->format_message(info, self.message_);
  std::longjmp(self.landing_, 1);
}

void JpegDecoder::OnMessage(j_common_ptr info, int level) {
  if (level >= 0) return;  // not a warning
  if (LosesPixels(info->err->msg_code)) OnError(info);
  JpegDecoder& self = Self(info);
  if (self.warning_[0] != '\0') return;
  info->err->format_message(info, self.warning_);
}

void JpegDecoder::OnProgress(j_common_ptr info) {
  JpegDecoder& self = Self(info);
  if (self.info_.input_scan_number <= kMaxJpegScans) return;
  self.too_many_scans_ = true;
  std::longjmp(self.landing_, 1);
}

bool JpegDecoder::ReadHeader() {
  if (setjmp(landing_) != 0) return false;
  jpeg_create_decompress(&info_);
  info_.progress = &progress_;
  jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()),
               bytes_.size());
  jpeg_read_header(&info_, TRUE);
  return true;
}

bool JpegDecoder::ReadPixels() {
  if (setjmp(landing_) != 0) return false;
  info_.dct_method = JDCT_ISLOW;
  info_.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info_);
  const size_t row_bytes =
      size_t{info_.output_width} * static_cast<size_t>(info_.output_components);
  while (info_.output_scanline < info_.output_height) {
    JSAMPROW row = pixels_.data() + info_.output_scanline * row_bytes;
    jpeg_read_scanlines(&info_, &row, 1);
  }
  jpeg_finish_decompress(&info_);
  return true;
}

absl::Status JpegDecoder::Failure() const {
  if (too_many_scans_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a JPEG of at most ", kMaxJpegScans, " scans, got more"));
  }
  if (errors_.msg_code == JERR_OUT_OF_MEMORY) {
    return absl::ResourceExhaustedError("out of memory");
  }
  if (IsUnsupported(errors_.msg_code)) {
    return absl::InvalidArgumentError(
        absl::StrCat("this kind of JPEG is not supported: ", message_));
  }
  return absl::DataLossError(absl::StrCat("damaged JPEG: ", message_));
}

absl::StatusOr<int64_t> JpegDecoder::ChooseOutput() {
  switch (info_.jpeg_color_space) {
    case JCS_GRAYSCALE:
      info_.out_color_space = JCS_GRAYSCALE;
      return 1;
    case JCS_YCbCr:
    case JCS_RGB:
      info_.out_color_space = JCS_RGB;
      return 3;
    case JCS_CMYK:
    case JCS_YCCK:
      info_.out_color_space = JCS_CMYK;
      return 4;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("this kind of JPEG is not supported: expected 1, 3 or 4 "
                       "components, got ",
                       info_.num_components));
  }
}

// Of ink to colour: `pixels` [area, 4] holds 255 less the share of each ink.
std::vector<uint8_t> InkToColour(const std::vector<uint8_t>& pixels) {
  std::vector<uint8_t> colours;
  colours.reserve(pixels.size() / 4 * 3);
  for (size_t i = 0; i < pixels.size(); i += 4) {
    const int light = pixels[i + 3];
    for (size_t c = 0; c < 3; ++c) {
      // Rounded as the ink that is taken away: a half away from the light.
      const int taken = ((255 - pixels[i + c]) * light + 127) / 255;
      colours.push_back(static_cast<uint8_t>(light - taken));
    }
  }
  return colours;
}

absl::StatusOr<Raster> JpegDecoder::Decode() {
  if (!ReadHeader()) return Failure();
  const int64_t height = info_.image_height;
  const int64_t width = info_.image_width;
  HG_RETURN_IF_ERROR(CheckImageSides(height, width));
  HG_ASSIGN_OR_RETURN(const int64_t numbers, ChooseOutput());
  pixels_.resize(height * width * numbers);
  if (!ReadPixels()) return Failure();
  if (numbers == 4) pixels_ = InkToColour(pixels_);
  return Raster{height, width, numbers == 1 ? 1 : 3, std::move(pixels_),
                warning_};
}

}  // namespace

bool IsJpeg(absl::string_view bytes) {
  return absl::StartsWith(bytes, kJpegSignature);
}

absl::StatusOr<Raster> DecodeJpeg(absl::string_view bytes) {
  return JpegDecoder(bytes).Decode();
}

}  // namespace hypergan::data
