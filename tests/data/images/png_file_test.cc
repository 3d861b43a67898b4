#include "data/images/png_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "data/limits.h"
#include "tests/data/image_files.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

// Text with zeros in it.
template <size_t kSize>
std::string Bytes(const char (&text)[kSize]) {
  return std::string(text, kSize - 1);
}

std::vector<uint8_t> Pixels(const std::string& bytes) {
  const auto raster = DecodePng(bytes);
  EXPECT_TRUE(raster.ok()) << raster.status();
  return raster.ok() ? raster->pixels : std::vector<uint8_t>();
}

TEST(DecodePngTest, RoundsSixteenBitsToEight) {
  // 0, 128, 129 (nearer to 1 than to 0: 257 / 2 = 128.5), 257, 32896, 65535.
  EXPECT_THAT(
      Pixels(PngBytes({6, 1, 16, 0},
                      Bytes("\0\0\0\0\x80\0\x81\x01\x01\x80\x80\xff\xff"))),
      ElementsAre(0, 0, 1, 1, 128, 255));
}

TEST(DecodePngTest, StretchesFewBitsToEight) {
  EXPECT_THAT(Pixels(PngBytes({2, 1, 1, 0}, Bytes("\0\x40"))),
              ElementsAre(0, 255));
  EXPECT_THAT(Pixels(PngBytes({4, 1, 2, 0}, Bytes("\0\x1b"))),
              ElementsAre(0, 85, 170, 255));
  EXPECT_THAT(Pixels(PngBytes({2, 1, 4, 0}, Bytes("\0\x1f"))),
              ElementsAre(17, 255));
}

TEST(DecodePngTest, TakesAPaletteAsColours) {
  const auto raster = DecodePng(
      PngBytes({2, 1, 1, 3}, Bytes("\0\x40"), PngChunk("PLTE", "abcABC")));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_EQ(raster->channels, 3);
  EXPECT_THAT(raster->pixels, ElementsAre('a', 'b', 'c', 'A', 'B', 'C'));
}

TEST(DecodePngTest, GammaAndProfilesChangeNothing) {
  const std::string gamma = PngChunk("gAMA", Bytes("\0\0\xb1\x8f"));  // 1/2.2
  const std::string linear = PngChunk("gAMA", Bytes("\0\1\x86\xa0"));
  for (const std::string& chunks :
       {std::string(), gamma, linear, PngChunk("sRGB", Bytes("\0"))}) {
    for (const int type : {0, 4}) {
      const std::string row =
          type == 0 ? Bytes("\0\x0a\x64") : Bytes("\0\x0a\xff\x64\xff");
      EXPECT_THAT(Pixels(PngBytes({2, 1, 8, type}, row, chunks)),
                  ElementsAre(10, 100));
    }
  }
}

TEST(DecodePngTest, LaysTransparencyOverBlack) {
  // Grey 200 at 255, 128, 1 and 0 of alpha.
  EXPECT_THAT(
      Pixels(PngBytes({4, 1, 8, 4}, Bytes("\0\xc8\xff\xc8\x80\xc8\x01\xc8\0"))),
      ElementsAre(200, 100, 1, 0));
  EXPECT_THAT(Pixels(PngBytes({1, 1, 8, 6}, Bytes("\0\xff\x80\x0a\x33"))),
              ElementsAre(51, 26, 2));
  // The one grey, and the palette's entry, that tRNS makes transparent.
  EXPECT_THAT(Pixels(PngBytes({2, 1, 8, 0}, Bytes("\0\x63\x64"),
                              PngChunk("tRNS", Bytes("\0\x64")))),
              ElementsAre(99, 0));
  EXPECT_THAT(Pixels(PngBytes(
                  {2, 1, 1, 3}, Bytes("\0\x40"),
                  PngChunk("PLTE", "abcABC") + PngChunk("tRNS", "\xff\x80"))),
              ElementsAre('a', 'b', 'c', 33, 33, 34));
}

TEST(DecodePngTest, ComparesTransparencyBeforeItRounds) {
  // 0x6400 is transparent, 0x6401 is not; both become 100 of 255.
  EXPECT_THAT(Pixels(PngBytes({2, 1, 16, 0}, Bytes("\0\x64\0\x64\x01"),
                              PngChunk("tRNS", Bytes("\x64\0")))),
              ElementsAre(0, 100));
}

TEST(DecodePngTest, WarnsOfFaultsBesideThePixels) {
  const std::string flawless = PngBytes({2, 1, 8, 0}, Bytes("\0ab"));
  EXPECT_THAT(DecodePng(flawless)->warning, IsEmpty());
  std::string text = PngChunk("tEXt", "some text");
  text.back() ^= 1;
  const auto raster = DecodePng(PngBytes({2, 1, 8, 0}, Bytes("\0ab"), text));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_THAT(raster->pixels, ElementsAre('a', 'b'));
  EXPECT_THAT(raster->warning, HasSubstr("CRC"));
  // Transparency that the pixels have themselves.
  const auto twice = DecodePng(PngBytes({1, 1, 8, 4}, Bytes("\0a\xff"),
                                        PngChunk("tRNS", Bytes("\0\x64"))));
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_THAT(twice->pixels, ElementsAre('a'));
  EXPECT_THAT(twice->warning, HasSubstr("tRNS"));
  // No end mark, but every pixel.
  const auto cut = DecodePng(flawless.substr(0, flawless.size() - 12));
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_THAT(cut->warning, HasSubstr("ends early"));
}

TEST(DecodePngTest, RefusesDamagedPixels) {
  const std::string whole = PngBytes({2, 1, 8, 0}, Bytes("\0ab"));
  // The checksum of the last chunk with pixels stands before the 12 bytes of
  // IEND.
  std::string damaged = whole;
  damaged[whole.size() - 13] ^= 1;
  EXPECT_THAT(DecodePng(damaged), FailsWith(kLost, "damaged PNG: IDAT"));
  EXPECT_THAT(DecodePng(PngBytes({2, 2, 8, 0}, Bytes("\0ab"))),
              FailsWith(kLost, "damaged PNG"));
  EXPECT_THAT(DecodePng(whole.substr(0, whole.size() - 20)),
              FailsWith(kLost, "damaged PNG: the file ends early"));
  std::string transparency = PngChunk("tRNS", Bytes("\0\x64"));
  transparency.back() ^= 1;
  EXPECT_THAT(DecodePng(PngBytes({2, 1, 8, 0}, Bytes("\0ab"), transparency)),
              FailsWith(kLost, "damaged PNG: tRNS"));
}

TEST(DecodePngTest, RefusesStatedSidesBeforeItReservesMemory) {
  for (const PngFacts& facts : {PngFacts{4097, 1, 8, 0},
                                {1, 4097, 8, 0},
                                {0x7fffffff, 0x7fffffff, 16, 6}}) {
    EXPECT_THAT(
        DecodePng(PngBytes(facts, "")),
        FailsWith(kInvalid, absl::StrCat("at most 4096 x 4096 pixels (width x "
                                         "height), got ",
                                         facts.width, " x ", facts.height)));
  }
  EXPECT_THAT(DecodePng(PngBytes({0, 1, 8, 0}, "")), FailsWith(kLost, "IHDR"));
}

TEST(DecodePngTest, DoesNotUnpackTextsAndProfiles) {
  // 64 MiB each when unpacked, some 64 KiB in the file.
  const std::string idat = PngBytes({1, 1, 8, 0}, std::string(64 << 20, '\0'));
  const size_t begin = idat.find("IDAT") + 4;
  const std::string packed = idat.substr(begin, idat.size() - begin - 16);
  const std::string chunks =
      PngChunk("iCCP", absl::StrCat("name", Bytes("\0\0"), packed)) +
      PngChunk("zTXt", absl::StrCat("key", Bytes("\0\0"), packed));
  const auto raster = DecodePng(PngBytes({1, 1, 8, 0}, Bytes("\0a"), chunks));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_THAT(raster->pixels, ElementsAre('a'));
  EXPECT_THAT(raster->warning, IsEmpty());
}

TEST(DecodePngTest, WarnsOfSomeMorePixelsThanItsSidesHave) {
  const auto raster =
      DecodePng(PngBytes({1, 1, 8, 0}, Bytes("\0a") + std::string(100, 'b')));
  ASSERT_TRUE(raster.ok()) << raster.status();
  EXPECT_THAT(raster->pixels, ElementsAre('a'));
  EXPECT_THAT(raster->warning, HasSubstr("IDAT"));
}

// Each byte could be unpacked to a thousand, for nothing.
TEST(DecodePngTest, RefusesManyMorePixelsThanItsSidesHave) {
  std::string noise(300 << 10, '\0');
  for (size_t i = 2; i < noise.size(); ++i) {
    noise[i] = static_cast<char>(i * i * 2654435761u >> 13);
  }
  EXPECT_THAT(DecodePng(PngBytes({1, 1, 8, 0}, noise)),
              FailsWith(kLost, "IDAT: more data than pixels"));
  std::string nothing;
  for (int i = 0; i < 30'000; ++i) nothing += PngChunk("IDAT", "");
  EXPECT_THAT(DecodePng(PngBytes({1, 1, 8, 0}, Bytes("\0a"), nothing)),
              FailsWith(kLost, "IDAT: more data than pixels"));
}

}  // namespace
}  // namespace hypergan::data
