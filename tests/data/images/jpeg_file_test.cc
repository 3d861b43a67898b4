#include "data/images/jpeg_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/data/image_files.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;
constexpr char kEndMarker[] = "\xff\xd9";
constexpr char kScanMarker[] = "\xff\xda";

// 16 x 16 pixels of one channel that no two neighbours share.
std::string NoiseJpeg(bool progressive = false) {
  std::vector<uint8_t> noise(256);
  for (size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<uint8_t>(i * i * 31);
  }
  return EncodeJpeg(noise, 1, 16, 16, progressive);
}

// `whole` with `more` before the end marker.
std::string BeforeTheEnd(const std::string& whole, absl::string_view more) {
  return absl::StrCat(whole.substr(0, whole.size() - 2), more, kEndMarker);
}

TEST(DecodeJpegTest, WarnsOfStrayBytesAndReadsEveryPixel) {
  const std::string whole = NoiseJpeg();
  const auto expected = DecodeJpeg(whole);
  ASSERT_TRUE(expected.ok()) << expected.status();
  EXPECT_THAT(expected->warning, IsEmpty());
  std::string before_a_table = whole;
  before_a_table.insert(before_a_table.find("\xff\xdb"), "stray");
  for (const std::string& stray :
       {BeforeTheEnd(whole, std::string(18, 'x')), before_a_table}) {
    const auto raster = DecodeJpeg(stray);
    ASSERT_TRUE(raster.ok()) << raster.status();
    EXPECT_EQ(raster->pixels, expected->pixels);
    EXPECT_THAT(raster->warning, HasSubstr("extraneous bytes before marker"));
  }
  const auto trailed = DecodeJpeg(whole + "a camera's own data");
  ASSERT_TRUE(trailed.ok()) << trailed.status();
  EXPECT_EQ(trailed->pixels, expected->pixels);
}

TEST(DecodeJpegTest, RefusesAPrematureEnd) {
  for (const bool progressive : {false, true}) {
    const std::string whole = NoiseJpeg(progressive);
    EXPECT_THAT(DecodeJpeg(whole.substr(0, whole.size() - 1)),
                FailsWith(kLost, "damaged JPEG: Premature end of JPEG file"));
    EXPECT_THAT(DecodeJpeg(whole.substr(0, whole.size() / 2)),
                FailsWith(kLost, "damaged JPEG: "));
  }
  // An end marker in the midst of the pixels.
  const std::string whole = NoiseJpeg();
  EXPECT_THAT(
      DecodeJpeg(absl::StrCat(whole.substr(0, whole.size() - 80), kEndMarker)),
      FailsWith(kLost, "premature end of data segment"));
}

TEST(DecodeJpegTest, RefusesPixelsThatCannotBeDecoded) {
  std::string damaged = NoiseJpeg();
  const size_t data = damaged.find(kScanMarker) + 10;
  // No code consists of ones; a zero follows where 0xff is no marker.
  for (size_t i = 0; i < 60; i += 2) {
    damaged[data + i] = '\xff';
    damaged[data + i + 1] = '\0';
  }
  EXPECT_THAT(DecodeJpeg(damaged), FailsWith(kLost, "bad Huffman code"));
}

TEST(DecodeJpegTest, DecodesInksAsAdobeWritesThem) {
  // Inverted: 255 is no ink. Cyan alone, and half black alone.
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 64; ++i) pixels.insert(pixels.end(), {0, 255, 255, 255});
  for (int i = 0; i < 64; ++i) {
    pixels.insert(pixels.end(), {255, 255, 255, 128});
  }
  const auto raster = DecodeJpeg(EncodeJpeg(pixels, 4, 16, 8));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_EQ(raster->channels, 3);
  ASSERT_EQ(raster->pixels.size(), 3u * 128);
  const auto near = [&](size_t i, int r, int g, int b) {
    EXPECT_NEAR(raster->pixels[3 * i], r, 2);
    EXPECT_NEAR(raster->pixels[3 * i + 1], g, 2);
    EXPECT_NEAR(raster->pixels[3 * i + 2], b, 2);
  };
  near(0, 0, 255, 255);
  near(127, 128, 128, 128);
}

TEST(DecodeJpegTest, NamesWhatIsNotSupported) {
  // The precision, and then the kind, that the frame's header states.
  std::string twelve_bits = NoiseJpeg();
  const size_t frame = twelve_bits.find("\xff\xc0");
  std::string lossless = twelve_bits;
  twelve_bits[frame + 4] = 12;
  EXPECT_THAT(
      DecodeJpeg(twelve_bits),
      FailsWith(kInvalid, "not supported: Unsupported JPEG data precision 12"));
  lossless[frame + 1] = '\xc3';
  EXPECT_THAT(DecodeJpeg(lossless),
              FailsWith(kInvalid, "not supported: Unsupported JPEG process"));
}

TEST(DecodeJpegTest, RefusesMoreScansThanTheLimit) {
  const std::string whole = NoiseJpeg(/*progressive=*/true);
  // The first scan, up to the tables of the next, can come any number of times.
  const size_t begin = whole.find(kScanMarker);
  const size_t end = whole.find("\xff\xc4", begin);
  const std::string scan = whole.substr(begin, end - begin);
  std::string scans;
  for (int i = 0; i < 50; ++i) scans += scan;
  std::string many = whole;
  many.insert(end, scans);
  EXPECT_EQ(DecodeJpeg(many)->pixels, DecodeJpeg(whole)->pixels);
  many.insert(end, scans);
  EXPECT_THAT(DecodeJpeg(many),
              FailsWith(kInvalid, "expected a JPEG of at most 100 scans"));
}

TEST(DecodeJpegTest, RefusesSidesBeyondTheLimit) {
  EXPECT_THAT(DecodeJpeg(EncodeJpeg(std::vector<uint8_t>(4097), 1, 4097, 1)),
              FailsWith(kInvalid, "(width x height), got 1 x 4097"));
}

}  // namespace
}  // namespace hypergan::data
