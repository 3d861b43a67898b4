#include "trainer/evaluation/corruption.h"

#include <torch/torch.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

constexpr Corruption kAll[] = {Corruption::kNoise,    Corruption::kBlur,
                               Corruption::kContrast, Corruption::kBrightness,
                               Corruption::kJpeg,     Corruption::kRotation};

at::Tensor Images() {
  torch::manual_seed(5);
  return torch::rand({3, 2, 12, 20});
}

at::Tensor Corrupted(const at::Tensor& images, Corruption kind, double amount,
                     uint64_t seed = 1) {
  return Corrupt(images, kind, amount, seed).value();
}

double Difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(CorruptionTest, KeepsShapeAndRangeAndGrowsWithItsAmounts) {
  const at::Tensor images = Images();
  for (const Corruption kind : kAll) {
    double before = 0;
    for (const double amount : CorruptionAmounts(kind)) {
      const at::Tensor changed = Corrupted(images, kind, amount);
      EXPECT_EQ(changed.sizes(), images.sizes());
      EXPECT_GE(changed.min().item<double>(), 0);
      EXPECT_LE(changed.max().item<double>(), 1);
      const double distance = (changed - images).norm().item<double>();
      EXPECT_GT(distance, 0) << CorruptionName(kind) << amount;
      // By how much an image turns does not say how far its pixels are.
      if (kind == Corruption::kRotation) continue;
      EXPECT_GT(distance, before) << CorruptionName(kind) << amount;
      before = distance;
    }
  }
}

TEST(CorruptionTest, NoneOfItLeavesImagesAsTheyAre) {
  const at::Tensor images = Images();
  for (const Corruption kind :
       {Corruption::kNoise, Corruption::kBlur, Corruption::kBrightness,
        Corruption::kRotation}) {
    EXPECT_LT(Difference(Corrupted(images, kind, 0), images), 1e-5)
        << CorruptionName(kind);
  }
  EXPECT_LT(Difference(Corrupted(images, Corruption::kContrast, 1), images),
            1e-6);
  // At a quality of 100 a step is 1, so rounding is all.
  EXPECT_LT(Difference(Corrupted(images, Corruption::kJpeg, 100), images),
            4.0 / 255);
}

TEST(CorruptionTest, NoiseDependsOnItsSeedAndNothingElseDoes) {
  const at::Tensor images = Images();
  for (const Corruption kind : kAll) {
    const double amount = CorruptionAmounts(kind)[0];
    const at::Tensor one = Corrupted(images, kind, amount, 1);
    EXPECT_TRUE(one.equal(Corrupted(images, kind, amount, 1)));
    EXPECT_EQ(one.equal(Corrupted(images, kind, amount, 2)),
              kind != Corruption::kNoise);
  }
  const at::Tensor grey = torch::full({1, 1, 100, 100}, 0.5);
  EXPECT_NEAR(
      (Corrupted(grey, Corruption::kNoise, 0.08) - 0.5).std().item<double>(),
      0.08, 0.004);
}

TEST(CorruptionTest, BlurKeepsAFlatImageAndTheSumOfADot) {
  const at::Tensor flat = torch::full({1, 1, 9, 9}, 0.25);
  EXPECT_LT(Difference(Corrupted(flat, Corruption::kBlur, 1), flat), 1e-6);
  at::Tensor dot = torch::zeros({1, 1, 21, 21});
  dot[0][0][10][10] = 1;
  const at::Tensor blurred = Corrupted(dot, Corruption::kBlur, 1);
  EXPECT_NEAR(blurred.sum().item<double>(), 1, 1e-5);
  // exp(-1/2) of the middle, one pixel beside it.
  EXPECT_NEAR((blurred[0][0][10][11] / blurred[0][0][10][10]).item<double>(),
              std::exp(-0.5), 1e-5);
}

TEST(CorruptionTest, RotationByQuartersIsThatOfTheGrid) {
  torch::manual_seed(6);
  const at::Tensor images = torch::rand({2, 1, 8, 8});
  EXPECT_LT(Difference(Corrupted(images, Corruption::kRotation, 180),
                       torch::rot90(images, 2, {2, 3})),
            1e-5);
  const at::Tensor quarter = Corrupted(images, Corruption::kRotation, 90);
  EXPECT_LT(std::min(Difference(quarter, torch::rot90(images, 1, {2, 3})),
                     Difference(quarter, torch::rot90(images, 3, {2, 3}))),
            1e-5);
}

// Blocks of one grey have but a mean, which is rounded to its step.
TEST(CorruptionTest, JpegKeepsFlatBlocksUpToAStep) {
  const at::Tensor flat = torch::full({1, 1, 10, 10}, 0.4);
  const at::Tensor changed = Corrupted(flat, Corruption::kJpeg, 50);
  // A step of 16 for a coefficient of 8 times the mean of a block.
  EXPECT_LE(Difference(changed, flat), 8.0 / 8 / 255 + 1e-5);
  EXPECT_LT(Difference(changed, changed[0][0][0][0].expand_as(changed)), 1e-5);
}

TEST(CorruptionTest, RefusesWhatIsNoImage) {
  const auto message = [](const at::Tensor& images, Corruption kind,
                          double amount) {
    return std::string(Corrupt(images, kind, amount, 1).status().message());
  };
  EXPECT_THAT(message(torch::rand({3, 4}), Corruption::kBlur, 1),
              HasSubstr("blur: expected images, float32 [rows"));
  EXPECT_THAT(message(Images().to(torch::kByte), Corruption::kBlur, 1),
              HasSubstr("expected images"));
  EXPECT_THAT(message(Images(), Corruption::kJpeg, 0),
              HasSubstr("jpeg: expected an amount in 1..100, got 0"));
  EXPECT_THAT(message(Images(), Corruption::kNoise, -1),
              HasSubstr("noise: expected an amount of at least 0, got -1"));
}

}  // namespace
}  // namespace hypergan::trainer
