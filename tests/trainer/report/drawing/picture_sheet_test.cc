#include "trainer/report/drawing/picture_sheet.h"

#include <zlib.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trainer/report/drawing/png.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Picture PictureOf(int64_t height, int64_t width, int64_t channels) {
  Picture picture;
  picture.height = height;
  picture.width = width;
  picture.channels = channels;
  for (int64_t i = 0; i < height * width * channels; ++i) {
    picture.pixels.push_back(static_cast<uint8_t>(i));
  }
  return picture;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

uint32_t Number(const std::string& bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return number;
}

// The content of the chunk of that kind; checks its length and its CRC.
std::string ChunkOf(const std::string& png, const std::string& kind) {
  const size_t at = png.find(kind);
  const uint32_t length = Number(png, at - 4);
  const std::string checked = png.substr(at, 4 + length);
  EXPECT_EQ(Number(png, at + 4 + length),
            crc32(0, reinterpret_cast<const Bytef*>(checked.data()),
                  static_cast<uInt>(checked.size())));
  return checked.substr(4);
}

TEST(PngTest, HoldsThePixelsRowByRow) {
  const std::string png = PngBytes(PictureOf(2, 3, 3));
  EXPECT_THAT(png, StartsWith("\x89PNG\r\n\x1a\n"));
  const std::string header = ChunkOf(png, "IHDR");
  EXPECT_EQ(Number(header, 0), 3u);  // width
  EXPECT_EQ(Number(header, 4), 2u);
  EXPECT_EQ(header.substr(8), std::string("\x08\x02\0\0\0", 5));
  const std::string deflated = ChunkOf(png, "IDAT");
  std::string rows(20, 'x');
  uLongf size = rows.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(deflated.data()),
                       static_cast<uLong>(deflated.size())),
            Z_OK);
  EXPECT_EQ(rows, std::string("\0\0\1\2\3\4\5\6\7\x08"
                              "\0\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11",
                              20));
}

TEST(PngTest, OneChannelIsGrey) {
  EXPECT_EQ(ChunkOf(PngBytes(PictureOf(1, 1, 1)), "IHDR")[9], 0);
}

TEST(PictureSheetTest, ShowsEachPictureWithItsCaption) {
  PictureSheet sheet;
  sheet.rows = {{PictureOf(2, 2, 1), PictureOf(2, 2, 3)}};
  sheet.rows[0][1].caption = "7, taken for 1";
  const std::string svg = PictureSheetSvg(sheet);
  EXPECT_EQ(Count(svg, "<image "), 2u);
  EXPECT_EQ(Count(svg, "href=\"data:image/png;base64,iVBOR"), 2u);
  EXPECT_THAT(svg, HasSubstr(">7, taken for 1<"));
}

TEST(PictureSheetTest, BreaksOrCutsLongCaptionsAndEscapesThem) {
  PictureSheet sheet;
  sheet.rows = {{PictureOf(1, 1, 1), PictureOf(1, 1, 1)}};
  sheet.rows[0][0].caption = "automobile, taken for truck";
  sheet.rows[0][1].caption = "<script>alert('a very long one')</script>";
  const std::string svg = PictureSheetSvg(sheet);
  EXPECT_THAT(svg, HasSubstr(">automobile,<"));
  EXPECT_THAT(svg, HasSubstr(">taken for truck<"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("…"));
}

TEST(PictureSheetTest, BoundsTheNumberAndTheSizeOfPictures) {
  PictureSheet sheet;
  sheet.rows = {
      std::vector<Picture>(kMaxShownPictures + 1, PictureOf(1, 1, 1))};
  EXPECT_EQ(Count(PictureSheetSvg(sheet), "<image "), kMaxShownPictures);
  sheet.rows = {{PictureOf(1024, 1024, 3)}};
  EXPECT_LT(PictureSheetSvg(sheet).size(), 60'000u);
}

}  // namespace
}  // namespace hypergan::trainer::report
