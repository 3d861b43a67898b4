#include "data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/idx_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

// Two images of 2x3 pixels.
std::string TwoImages() { return IdxImages(2, 2, 3, "abcdefghijkl"); }

class IdxTest : public testing::Test {
 protected:
  const TempFolder folder_;
};

TEST_F(IdxTest, ReadsImagesAndLabels) {
  const auto dataset =
      ReadIdx(folder_.Write("images", TwoImages()),
              folder_.Write("labels", IdxLabels(2, "\x07\xff")));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 2);
  EXPECT_THAT(dataset->row_shape, ElementsAre(1, 2, 3));
  EXPECT_EQ(std::string(dataset->pixels.begin(), dataset->pixels.end()),
            "abcdefghijkl");
  EXPECT_THAT(dataset->labels, ElementsAre(7, 255));
}

TEST_F(IdxTest, ReadsGzippedFilesWhateverTheirNames) {
  const auto dataset =
      ReadIdx(folder_.Write("images", Gzip(TwoImages())),
              folder_.Write("labels.txt", Gzip(IdxLabels(2, "\x01\x02"))));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->pixels.size(), 12);
  EXPECT_THAT(dataset->labels, ElementsAre(1, 2));
}

TEST_F(IdxTest, NeedsNoLabels) {
  const auto dataset = ReadIdx(folder_.Write("images", TwoImages()), "");
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->labels, IsEmpty());
}

TEST_F(IdxTest, RefusesCountsThatDisagree) {
  EXPECT_THAT(ReadIdx(folder_.Write("images", TwoImages()),
                      folder_.Write("labels", IdxLabels(3, "abc"))),
              FailsWith(kInvalid, "expected 2 labels"));
}

TEST_F(IdxTest, RefusesAnotherMagicNumber) {
  EXPECT_THAT(ReadIdx(folder_.Write("labels", IdxLabels(3, "abc")), ""),
              FailsWith(kInvalid,
                        "expected magic number 0x00000803, got "
                        "0x00000801"));
  EXPECT_THAT(ReadIdxLabels(folder_.Write("images", TwoImages())),
              FailsWith(kInvalid, "expected magic number 0x00000801"));
}

TEST_F(IdxTest, RefusesEveryTruncation) {
  const std::string whole = TwoImages();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ReadIdx(folder_.Write("images", whole.substr(0, size)), ""),
                FailsWith(kLost, "images"))
        << size << " bytes";
  }
}

TEST_F(IdxTest, RefusesEveryTruncationOfAGzippedFile) {
  const std::string whole = Gzip(TwoImages());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(
        ReadIdx(folder_.Write("images", whole.substr(0, size)), "").ok())
        << size << " bytes";
  }
}

// Some bits of a gzip file (its time, the system it was made on, what fills the
// last byte) say nothing of its contents.
TEST_F(IdxTest, NeverReadsOtherPixelsFromADamagedGzippedFile) {
  const std::string whole = Gzip(TwoImages());
  int accepted = 0;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto dataset = ReadIdx(folder_.Write("images", damaged), "");
    if (!dataset.ok()) continue;
    ++accepted;
    EXPECT_EQ(std::string(dataset->pixels.begin(), dataset->pixels.end()),
              "abcdefghijkl");
  }
  EXPECT_LT(accepted, 64);
}

TEST_F(IdxTest, RefusesTrailingBytes) {
  EXPECT_THAT(ReadIdx(folder_.Write("images", TwoImages() + "x"), ""),
              FailsWith(kLost, "expected 28 bytes by its header, got 29"));
  EXPECT_THAT(ReadIdx(folder_.Write("images", Gzip(TwoImages() + "x")), ""),
              FailsWith(kLost, "expected 28 bytes, got more"));
}

// Memory for what these headers state is never reserved.
TEST_F(IdxTest, RefusesGiantCountsBeforeReadingOn) {
  const std::string huge = IdxImages(1 << 20, 4096, 4096, "x");
  EXPECT_THAT(ReadIdx(folder_.Write("images", huge), ""),
              FailsWith(kInvalid, "the limit is"));
  const std::string large = IdxImages(1 << 10, 1024, 1024, "x");
  EXPECT_THAT(ReadIdx(folder_.Write("images", large), ""),
              FailsWith(kLost, "got 17"));
  EXPECT_THAT(ReadIdx(folder_.Write("images", Gzip(large)), ""),
              FailsWith(kLost, "got at most"));
  EXPECT_THAT(ReadIdx(folder_.Write("images", IdxImages(~0u, 1, 1, "x")), ""),
              FailsWith(kInvalid, "expected 1 to 67108864 rows"));
}

TEST_F(IdxTest, RefusesSidesBeyondTheLimit) {
  EXPECT_THAT(
      ReadIdx(folder_.Write("images", IdxImages(1, 4097, 1, "x")), ""),
      FailsWith(kInvalid, "expected 1 to 4096 pixels of height, got 4097"));
  EXPECT_THAT(ReadIdx(folder_.Write("images", IdxImages(1, 1, 0, "x")), ""),
              FailsWith(kInvalid, "expected 1 to 4096 pixels of width, got 0"));
}

TEST_F(IdxTest, RefusesWhatIsNoRegularFile) {
  EXPECT_THAT(ReadIdx(folder_.path(), ""),
              FailsWith(kInvalid, "expected a regular file"));
  EXPECT_THAT(ReadIdx(folder_.Path("nothing"), ""),
              FailsWith(absl::StatusCode::kNotFound, "nothing"));
}

}  // namespace
}  // namespace hypergan::data
