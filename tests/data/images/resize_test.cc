#include "data/images/resize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/limits.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::vector<uint8_t> Resize(const std::vector<uint8_t>& pixels,
                            const ImageSize& from, const ImageSize& to) {
  return ResizePlanes(pixels, from, to);
}

TEST(ResizeTest, TakesTheMeanOfTheAreaThatAPixelCovers) {
  EXPECT_THAT(Resize({0, 10, 20, 30}, {1, 4}, {1, 2}), ElementsAre(5, 25));
  EXPECT_THAT(Resize({0, 10, 20, 30}, {4, 1}, {2, 1}), ElementsAre(5, 25));
  EXPECT_THAT(Resize({0, 10, 20, 31}, {2, 2}, {1, 1}), ElementsAre(15));
  // Of three pixels to two: each has one and a half.
  EXPECT_THAT(Resize({0, 90, 30}, {1, 3}, {1, 2}), ElementsAre(30, 50));
}

TEST(ResizeTest, InterpolatesBetweenTheCentresOfPixels) {
  EXPECT_THAT(Resize({0, 100}, {1, 2}, {1, 4}), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(Resize({0, 100}, {2, 1}, {4, 1}), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(Resize({7}, {1, 1}, {2, 3}), ElementsAre(7, 7, 7, 7, 7, 7));
}

TEST(ResizeTest, MayShrinkOneSideAndGrowTheOther) {
  EXPECT_THAT(Resize({0, 100, 20, 120}, {2, 2}, {1, 4}),
              ElementsAre(10, 35, 85, 110));
}

TEST(ResizeTest, KeepsPlanesApart) {
  EXPECT_THAT(Resize({1, 3, 50, 60}, {1, 2}, {1, 1}), ElementsAre(2, 55));
}

TEST(ResizeTest, KeepsWhatIsEvenEven) {
  for (const uint8_t level : {0, 1, 127, 255}) {
    const std::vector<uint8_t> plain(13 * 7, level);
    for (const ImageSize& to : {ImageSize{5, 3}, {28, 31}, {1, 1}, {13, 7}}) {
      EXPECT_THAT(Resize(plain, {13, 7}, to), Each(level));
    }
  }
}

TEST(ResizeTest, ReadsHeightAndWidth) {
  const auto size = ParseImageSize("28x4096");
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_EQ(size->height, 28);
  EXPECT_EQ(size->width, 4096);
  for (const char* text : {"", "28", "x28", "28x", "0x28", "28x4097", "-1x2",
                           "28x28x3", "28,28"}) {
    EXPECT_THAT(ParseImageSize(text),
                FailsWith(kInvalid, "--resize: expected HEIGHTxWIDTH"))
        << text;
  }
}

TEST(ResizeTest, ResizesRowsAndSaysSo) {
  Dataset dataset;
  dataset.rows = 2;
  dataset.row_shape = {1, 1, 2};
  dataset.pixels = {1, 3, 5, 7};
  dataset.labels = {0, 1};
  const auto resized = ResizeRows(dataset, {.height = 1, .width = 1});
  ASSERT_TRUE(resized.ok()) << resized.status();
  EXPECT_THAT(resized->pixels, ElementsAre(2, 6));
  EXPECT_THAT(resized->labels, ElementsAre(0, 1));
  EXPECT_THAT(resized->notes,
              ElementsAre("all 2 images are resized from 2 x 1 to 1 x 1 pixels "
                          "(width x height)"));
  EXPECT_THAT(ResizeRows(dataset, {.height = 1, .width = 2})->notes, IsEmpty());
  EXPECT_THAT(ResizeRows(dataset, {})->pixels, ElementsAre(1, 3, 5, 7));
}

TEST(ResizeTest, BoundsWhatRowsBecome) {
  Dataset dataset;
  dataset.rows = 513;
  dataset.row_shape = {1, 1, 1};
  dataset.pixels.resize(513);
  EXPECT_THAT(
      ResizeRows(dataset, {.height = kMaxImageSide, .width = kMaxImageSide}),
      FailsWith(kInvalid, "--resize: expected at most 8589934592"));
}

}  // namespace
}  // namespace hypergan::data
