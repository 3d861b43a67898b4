#include "data/images/image_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/image_files.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::string Colour() { return EncodePng({10, 20, 30}, 3, 1, 1); }

std::string WithStrayBytes() {
  std::string jpeg = EncodeJpeg({9}, 1, 1, 1);
  return jpeg.insert(jpeg.size() - 2, 18, 'x');
}

TEST(ImageRowsTest, AreColourIfAnyFileIs) {
  ImageRows rows({});
  ASSERT_TRUE(rows.Append("1", PlainPng(1, 1, 1)).ok());
  ASSERT_TRUE(rows.Append("2", PlainPng(2, 1, 1)).ok());
  ASSERT_TRUE(rows.Append("3", Colour()).ok());
  ASSERT_TRUE(rows.Append("4", PlainPng(4, 1, 1)).ok());
  const Dataset dataset = rows.Finish();
  EXPECT_EQ(dataset.rows, 4);
  EXPECT_THAT(dataset.row_shape, ElementsAre(3, 1, 1));
  EXPECT_THAT(dataset.pixels,
              ElementsAre(1, 1, 1, 2, 2, 2, 10, 20, 30, 4, 4, 4));
}

TEST(ImageRowsTest, AreColourByTheFormatNotByTheColours) {
  ImageRows rows({});
  ASSERT_TRUE(rows.Append("1", PlainPng(7, 3, 1)).ok());
  EXPECT_THAT(rows.Finish().row_shape, ElementsAre(3, 1, 1));
}

TEST(ImageRowsTest, AreGreyIfEveryFileIs) {
  ImageRows rows({});
  ASSERT_TRUE(rows.Append("1", PlainPng(7, 1, 1)).ok());
  EXPECT_THAT(rows.Finish().row_shape, ElementsAre(1, 1, 1));
}

TEST(ImageRowsTest, HaveTheChannelsThatAreAskedFor) {
  for (const int64_t channels : {1, 3}) {
    ImageRows rows({.channels = channels});
    ASSERT_TRUE(rows.Append("1", PlainPng(7, 1, 1)).ok());
    ASSERT_TRUE(rows.Append("2", Colour()).ok());
    EXPECT_THAT(rows.Finish().row_shape, ElementsAre(channels, 1, 1));
  }
}

TEST(ImageRowsTest, NameBothFilesOfDifferentSizes) {
  ImageRows rows({});
  ASSERT_TRUE(rows.Append("a.png", EncodePng({1, 2}, 1, 1, 2)).ok());
  EXPECT_THAT(rows.Append("b.png", EncodePng({1, 2, 3}, 1, 3, 1)),
              FailsWith(kInvalid,
                        "b.png: expected 2 x 1 pixels (width x height) as "
                        "a.png has, got 1 x 3; none is resized "
                        "unless --resize says so"));
  EXPECT_EQ(rows.rows(), 1);
}

TEST(ImageRowsTest, CountTheFilesWithWarningsAndNameTheFirst) {
  ImageRows rows({.channels = 1});
  ASSERT_TRUE(rows.Append("good", PlainPng(7, 1, 1)).ok());
  ASSERT_TRUE(rows.Append("b.jpg", WithStrayBytes()).ok());
  ASSERT_TRUE(rows.Append("c.jpg", WithStrayBytes()).ok());
  EXPECT_THAT(rows.Finish().notes,
              ElementsAre(AllOf(
                  HasSubstr("2 of 3 images have faults that lose no pixel"),
                  HasSubstr("the first: b.jpg: Corrupt JPEG data: "))));
}

TEST(ImageRowsTest, HaveNoNotesWithoutFaults) {
  ImageRows rows({.channels = 1});
  ASSERT_TRUE(rows.Append("good", PlainPng(7, 1, 1)).ok());
  EXPECT_THAT(rows.Finish().notes, IsEmpty());
}

TEST(ImageRowsTest, AreResizedToOneSizeAndSaySo) {
  ImageRows rows({.height = 1, .width = 2});
  ASSERT_TRUE(rows.Append("1", EncodePng({10, 20, 30, 40}, 1, 2, 2)).ok());
  ASSERT_TRUE(rows.Append("2", PlainPng(7, 3, 5)).ok());
  ASSERT_TRUE(rows.Append("3", EncodePng({1, 2}, 1, 1, 2)).ok());
  const Dataset dataset = rows.Finish();
  EXPECT_THAT(dataset.row_shape, ElementsAre(3, 1, 2));
  EXPECT_THAT(dataset.pixels, ElementsAre(20, 30, 20, 30, 20, 30, 7, 7, 7, 7, 7,
                                          7, 1, 2, 1, 2, 1, 2));
  EXPECT_THAT(dataset.notes,
              ElementsAre("2 of 3 images are resized to 2 x 1 pixels (width x "
                          "height)"));
}

TEST(ImageRowsTest, CountFilesThatArePassedOver) {
  ImageRows rows({});
  rows.PassOver("a.txt");
  ASSERT_TRUE(rows.Append("1", PlainPng(1, 1, 1)).ok());
  rows.PassOver("b.txt");
  EXPECT_THAT(rows.Finish().notes,
              ElementsAre("2 files are no image and passed over; the first: "
                          "a.txt"));
}

}  // namespace
}  // namespace hypergan::data
