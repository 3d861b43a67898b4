#include "data/images/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/image_files.h"
#include "tests/support/status_matchers.h"

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
    EXPECT_THAT(DecodeImage(bytes), FailsWith(kInvalid, "JPEG, PNG or WebP"));
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

TEST(DecodeImageTest, HasOneGreyForBothFormats) {
  // Red, green, blue, and a fourth, as Pillow has them.
  EXPECT_THAT(DecodeImage(EncodePng(kColours, 3, 1, 4), 1)->pixels,
              ElementsAre(76, 150, 29, 18));
  std::vector<uint8_t> blue;
  for (int i = 0; i < 64; ++i) blue.insert(blue.end(), {0, 0, 255});
  const std::string jpeg = EncodeJpeg(blue, 3, 8, 8);
  const auto colours = DecodeImage(jpeg, 3);
  const auto grey = DecodeImage(jpeg, 1);
  ASSERT_TRUE(colours.ok() && grey.ok());
  const auto& rgb = colours->pixels;  // [3, 64]
  EXPECT_EQ(grey->pixels[0],
            (19595 * rgb[0] + 38470 * rgb[64] + 7471 * rgb[128] + 32768) >> 16);
  EXPECT_NEAR(grey->pixels[0], 29, 1);
}

TEST(DecodeImageTest, PassesOnTheWarning) {
  std::string jpeg = EncodeJpeg({9}, 1, 1, 1);
  EXPECT_EQ(DecodeImage(jpeg)->warning, "");
  EXPECT_THAT(DecodeImage(jpeg.insert(jpeg.size() - 2, 18, 'x'))->warning,
              testing::HasSubstr("extraneous bytes"));
}

TEST(ImageChannelsTest, AreThoseOfShapesOfImages) {
  EXPECT_EQ(ImageChannels({1, 28, 28}), 1);
  EXPECT_EQ(ImageChannels({3, 32, 32}), 3);
  EXPECT_EQ(ImageChannels({2, 8, 8}), 0);
  EXPECT_EQ(ImageChannels({3}), 0);
  EXPECT_EQ(ImageChannels({}), 0);
}

TEST(ImageTest, KnowsTheNamesOfPictures) {
  for (const char* name : {"a.png", "a.JPG", "a/b.jpeg", "x.webp", "x.tiff"}) {
    EXPECT_TRUE(NamesImage(name)) << name;
  }
  for (const char* name : {"png", "a.png.txt", "Thumbs.db", ""}) {
    EXPECT_FALSE(NamesImage(name)) << name;
  }
}

TEST(ImageTest, DecodesWebpToTheChannelsAskedFor) {
  const std::string webp = EncodeWebp({10, 10, 10}, 3, 1, 1);
  EXPECT_TRUE(IsImage(webp));
  EXPECT_THAT(DecodeImage(webp)->shape, ElementsAre(3, 1, 1));
  EXPECT_THAT(DecodeImage(webp, 1)->pixels, ElementsAre(10));
}

}  // namespace
}  // namespace hypergan::data
