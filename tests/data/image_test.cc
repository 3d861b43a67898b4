#include "data/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/image_folder.h"
#include "data/limits.h"
#include "tests/data/image_files.h"
#include "tests/data/status_matchers.h"
#include "tests/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

// One line: red, green, blue, and a fourth.
const std::vector<uint8_t> kColours = {255, 0, 0,   0,  255, 0,
                                       0,   0, 255, 10, 20,  30};

TEST(DecodeImageTest, PutsTheChannelsOfAPngFirst) {
  const auto image = DecodeImage(EncodePng(kColours, 3, 1, 4));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(image->shape, ElementsAre(3, 1, 4));
  EXPECT_THAT(image->pixels,
              ElementsAre(255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30));
}

TEST(DecodeImageTest, PutsTheChannelsOfAJpegFirst) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 64; ++i) pixels.insert(pixels.end(), {200, 100, 50});
  const auto image = DecodeImage(EncodeJpeg(pixels, 3, 8, 8));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(image->shape, ElementsAre(3, 8, 8));
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 64; ++i) {
      EXPECT_NEAR(image->pixels[64 * c + i], pixels[c], 3);
    }
  }
}

TEST(DecodeImageTest, KeepsTheChannelsThatTheFileHas) {
  EXPECT_EQ(DecodeImage(PlainPng(9, 1, 2))->shape[0], 1);
  EXPECT_EQ(DecodeImage(PlainPng(9, 3, 2))->shape[0], 3);
  EXPECT_EQ(
      DecodeImage(EncodeJpeg(std::vector<uint8_t>(64, 9), 1, 8, 8))->shape[0],
      1);
}

TEST(DecodeImageTest, TurnsGreyIntoColourAndBack) {
  for (const std::string& file :
       {PlainPng(90, 1, 8), PlainPng(90, 3, 8),
        EncodeJpeg(std::vector<uint8_t>(64, 90), 1, 8, 8),
        EncodeJpeg(std::vector<uint8_t>(192, 90), 3, 8, 8)}) {
    for (int64_t channels : {1, 3}) {
      const auto image = DecodeImage(file, channels);
      ASSERT_TRUE(image.ok()) << image.status();
      EXPECT_THAT(image->shape, ElementsAre(channels, 8, 8));
      EXPECT_EQ(image->pixels.size(), 64 * channels);
      EXPECT_THAT(image->pixels,
                  Each(testing::AllOf(testing::Ge(89), testing::Le(91))));
    }
  }
}

TEST(DecodeImageTest, RefusesOtherNumbersOfChannels) {
  EXPECT_THAT(DecodeImage(PlainPng(1, 1, 2), 2),
              FailsWith(kInvalid, "1 or 3 channels, not 2"));
}

TEST(DecodeImageTest, RefusesWhatIsNoImage) {
  for (const char* bytes : {"", "GIF89a", "\xff\xd8", "\x89PNG"}) {
    EXPECT_THAT(DecodeImage(bytes), FailsWith(kInvalid, "JPEG or PNG"));
  }
}

TEST(DecodeImageTest, RefusesEveryTruncation) {
  std::vector<uint8_t> noise(3 * 16 * 16);
  for (size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<uint8_t>(i * i * 31);
  }
  for (const std::string& whole :
       {EncodePng(noise, 3, 16, 16), EncodeJpeg(noise, 3, 16, 16)}) {
    // The last bytes of either kind only say that it ends.
    for (size_t size = 8; size + 16 < whole.size(); size += 7) {
      EXPECT_THAT(DecodeImage(whole.substr(0, size)),
                  FailsWith(kLost, "damaged"))
          << size << " of " << whole.size() << " bytes";
    }
  }
}

TEST(DecodeImageTest, SurvivesEveryFlippedBit) {
  const std::string png = PlainPng(100, 3, 4);
  const std::string jpeg = EncodeJpeg(std::vector<uint8_t>(64, 9), 1, 8, 8);
  for (const std::string& whole : {png, jpeg}) {
    for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      const auto image = DecodeImage(damaged);
      if (!image.ok()) continue;
      EXPECT_EQ(static_cast<int64_t>(image->pixels.size()),
                image->shape[0] * image->shape[1] * image->shape[2]);
    }
  }
}

TEST(DecodeImageTest, RefusesSidesBeyondTheLimit) {
  EXPECT_THAT(DecodeImage(EncodePng(std::vector<uint8_t>(4097), 1, 1, 4097)),
              FailsWith(kInvalid, "at most 4096x4096 pixels, got 1x4097"));
  EXPECT_THAT(DecodeImage(EncodeJpeg(std::vector<uint8_t>(4097), 1, 4097, 1)),
              FailsWith(kInvalid, "at most 4096x4096 pixels, got 4097x1"));
}

TEST(ReadImagesTest, NamesTheFileInItsErrors) {
  const TempFolder folder;
  EXPECT_THAT(ReadImages({folder.Write("a.png", "nothing")}),
              FailsWith(kInvalid, "a.png: expected a JPEG or PNG file"));
  EXPECT_THAT(ReadImages({folder.Path("b.png")}),
              FailsWith(absl::StatusCode::kNotFound, "b.png"));
}

TEST(ReadImagesTest, RefusesFilesBeyondTheLimit) {
  const TempFolder folder;
  const std::string bytes(kMaxImageFileBytes + 1, 'x');
  EXPECT_THAT(ReadImages({folder.Write("a.png", bytes)}),
              FailsWith(kInvalid, "expected at most 33554432 bytes"));
}

}  // namespace
}  // namespace hypergan::data
