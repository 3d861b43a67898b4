#include "trainer/objective/augmentation.h"

#include <torch/script.h>

#include <set>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/cuda.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

// Images whose every pixel is another number, none of them 0: [B, 2, 5, 7].
at::Tensor Numbered(int64_t rows) {
  return torch::arange(1, rows * 70 + 1, torch::kFloat).view({rows, 2, 5, 7});
}

// Pixel by pixel: `image` [C, H, W] padded by `shift` zeros, cropped at
// (top, left), then mirrored.
at::Tensor Reference(const at::Tensor& image, int64_t shift, int64_t top,
                     int64_t left, bool mirrored) {
  const int64_t height = image.size(1), width = image.size(2);
  at::Tensor result = torch::zeros_like(image);
  for (int64_t c = 0; c < image.size(0); ++c) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const int64_t from_y = y + top - shift;
        const int64_t from_x = (mirrored ? width - 1 - x : x) + left - shift;
        if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) {
          continue;
        }
        result[c][y][x] = image[c][from_y][from_x];
      }
    }
  }
  return result;
}

using Move = std::tuple<int64_t, int64_t, bool>;  // top, left, mirrored

// The one move that gives `augmented`; fails where none does.
Move FindMove(const at::Tensor& image, const at::Tensor& augmented,
              int64_t shift) {
  for (int64_t top = 0; top <= 2 * shift; ++top) {
    for (int64_t left = 0; left <= 2 * shift; ++left) {
      for (bool mirrored : {false, true}) {
        if (torch::equal(augmented,
                         Reference(image, shift, top, left, mirrored))) {
          return {top, left, mirrored};
        }
      }
    }
  }
  ADD_FAILURE() << "no crop of the padded image";
  return {-1, -1, false};
}

TEST(AugmentTest, CropsThePaddedImageAndMirrorsIt) {
  const at::Tensor batch = Numbered(150);
  const at::Tensor result =
      Augment(batch, {.shift = 1, .flip = true}, 1, 2).value();
  std::set<Move> moves;
  int64_t mirrored = 0;
  for (int64_t i = 0; i < batch.size(0); ++i) {
    const Move move = FindMove(batch[i], result[i], 1);
    moves.insert(move);
    mirrored += std::get<2>(move) ? 1 : 0;
  }
  // All 3 x 3 x 2 come up: the chance that one of them does not is 0.4 %, and
  // the numbers are the same in every run.
  EXPECT_EQ(moves.size(), 18u);
  EXPECT_NEAR(mirrored, 75, 25);
  EXPECT_TRUE(torch::equal(batch, Numbered(150)));
}

TEST(AugmentTest, MovesByAsMuchAsTheSideOfTheImage) {
  const at::Tensor batch = Numbered(40);
  const at::Tensor result = Augment(batch, {.shift = 5}, 1, 1).value();
  for (int64_t i = 0; i < 40; ++i) {
    if (result[i].any().item<bool>()) FindMove(batch[i], result[i], 5);
  }
  EXPECT_EQ(Augment(batch, {.shift = 6}, 1, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(AugmentTest, LeavesImagesAloneWithoutOptions) {
  EXPECT_TRUE(
      torch::equal(Augment(Numbered(9), {}, 1, 1).value(), Numbered(9)));
}

TEST(AugmentTest, IsAFunctionOfSeedAndStep) {
  const auto augmented = [](uint64_t seed, uint64_t step) {
    return Augment(Numbered(20), {.shift = 2, .flip = true}, seed, step)
        .value();
  };
  EXPECT_TRUE(torch::equal(augmented(1, 1), augmented(1, 1)));
  EXPECT_FALSE(torch::equal(augmented(1, 1), augmented(1, 2)));
  EXPECT_FALSE(torch::equal(augmented(1, 1), augmented(2, 1)));
}

TEST(AugmentTest, ShiftsAlikeWithAndWithoutFlips) {
  const at::Tensor batch = Numbered(20);
  const at::Tensor plain = Augment(batch, {.shift = 1}, 1, 1).value();
  const at::Tensor both =
      Augment(batch, {.shift = 1, .flip = true}, 1, 1).value();
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(torch::equal(both[i], plain[i]) ||
                torch::equal(both[i], plain[i].flip(2)));
  }
}

TEST(AugmentTest, TakesBatchesThatAreNotContiguous) {
  const at::Tensor turned = Numbered(9).transpose(2, 3);
  EXPECT_TRUE(
      torch::equal(Augment(turned, {.shift = 1}, 1, 1).value(),
                   Augment(turned.contiguous(), {.shift = 1}, 1, 1).value()));
}

TEST(MoveImagesTest, DoesWhatCopyingDoes) {
  const at::Tensor batch = Numbered(150);
  for (int64_t shift : {0, 2, 5}) {
    const AugmentationOptions options = {.shift = shift, .flip = true};
    EXPECT_TRUE(torch::equal(MoveImages(batch, DrawMoves(150, options, 3, 4)),
                             Augment(batch, options, 3, 4).value()))
        << shift;
  }
}

TEST(AugmentTest, CudaMovesAsTheCpuDoes) {
  if (!hypergan::testing::HasDriver()) {
    GTEST_SKIP() << "no NVIDIA driver here";
  }
  const at::Tensor batch = Numbered(150);
  const AugmentationOptions options = {.shift = 2, .flip = true};
  EXPECT_TRUE(torch::equal(
      Augment(batch.to(*OpenDevice("cuda")), options, 3, 4).value().cpu(),
      Augment(batch, options, 3, 4).value()));
}

TEST(AugmentTest, RefusesWhatIsNoBatchOfImages) {
  const auto message = [](const at::Tensor& batch, int64_t shift) {
    return std::string(
        Augment(batch, {.shift = shift}, 1, 1).status().message());
  };
  EXPECT_THAT(message(torch::zeros({3, 4}), 0), HasSubstr("got Float [3, 4]"));
  EXPECT_THAT(message(torch::zeros({3, 1, 4, 4}, torch::kByte), 0),
              HasSubstr("got Byte [3, 1, 4, 4]"));
  EXPECT_THAT(message(Numbered(1), -1), HasSubstr("0 to 5 pixels, got -1"));
}

}  // namespace
}  // namespace hypergan::trainer
