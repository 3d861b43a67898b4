#include "data/images/webp_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/image_files.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

TEST(WebpFileTest, DecodesColours) {
  const auto raster = DecodeWebp(EncodeWebp({1, 2, 3, 40, 50, 60}, 3, 1, 2));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_EQ(raster->height, 1);
  EXPECT_EQ(raster->width, 2);
  EXPECT_EQ(raster->channels, 3);
  EXPECT_THAT(raster->pixels, ElementsAre(1, 2, 3, 40, 50, 60));
}

TEST(WebpFileTest, LaysTransparencyOverBlack) {
  const auto raster =
      DecodeWebp(EncodeWebp({200, 100, 50, 128, 9, 9, 9, 255}, 4, 2, 1));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_THAT(raster->pixels, ElementsAre(100, 50, 25, 9, 9, 9));
}

TEST(WebpFileTest, KnowsItsBeginning) {
  EXPECT_TRUE(IsWebp(EncodeWebp({1, 2, 3}, 3, 1, 1)));
  EXPECT_FALSE(IsWebp("RIFF"));
  EXPECT_FALSE(IsWebp("RIFF1234WAVE"));
  EXPECT_FALSE(IsWebp(""));
}

TEST(WebpFileTest, RefusesEveryFileThatIsCutShort) {
  std::vector<uint8_t> pixels(3 * 16 * 16);
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<uint8_t>(i * i * 31);
  }
  const std::string whole = EncodeWebp(pixels, 3, 16, 16);
  ASSERT_TRUE(DecodeWebp(whole).ok());
  // The last byte may be padding.
  for (size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_THAT(DecodeWebp(whole.substr(0, size)), FailsWith(kLost, "damaged"))
        << size;
  }
}

TEST(WebpFileTest, RefusesSidesBeyondTheLimit) {
  const std::vector<uint8_t> pixels(3 * 4097);
  EXPECT_THAT(DecodeWebp(EncodeWebp(pixels, 3, 1, 4097)),
              FailsWith(kInvalid, "at most 4096 x 4096 pixels"));
}

TEST(WebpFileTest, RefusesAnAnimation) {
  // The header alone: VP8X with the flag of an animation, 1 x 1 pixels.
  std::string bytes = "RIFF";
  bytes += std::string("\x16\0\0\0", 4) + "WEBPVP8X" +
           std::string("\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0", 14);
  EXPECT_THAT(DecodeWebp(bytes), FailsWith(kInvalid, "got an animation"));
}

}  // namespace
}  // namespace hypergan::data
