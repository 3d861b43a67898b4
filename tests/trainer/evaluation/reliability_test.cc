#include "trainer/evaluation/reliability.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

at::Tensor Labels(std::vector<int64_t> labels) { return torch::tensor(labels); }

// Two classes, the first with the probabilities given.
at::Tensor Probabilities(std::vector<double> first) {
  const at::Tensor p = torch::tensor(first, torch::kDouble);
  return torch::stack({p, 1 - p}, -1);
}

TEST(ReliabilityTest, BinsMatchHandWorkedValues) {
  // Confidences 0.74 and 0.76 in bin 11, [0.733, 0.8), one of them right; 0.9
  // (of the second class, rightly) in bin 13.
  const auto bins =
      Reliability(Probabilities({0.74, 0.76, 0.1}), Labels({0, 1, 1}));
  ASSERT_EQ(bins.size(), 15u);
  EXPECT_NEAR(bins[11].confidence, 0.75, 1e-12);
  EXPECT_NEAR(bins[11].accuracy, 0.5, 1e-12);
  EXPECT_NEAR(bins[11].share, 2.0 / 3, 1e-12);
  EXPECT_NEAR(bins[13].confidence, 0.9, 1e-12);
  EXPECT_NEAR(bins[13].accuracy, 1, 1e-12);
  EXPECT_EQ(bins[0].share, 0);
  EXPECT_EQ(bins[0].confidence, 0);
  EXPECT_NEAR(ExpectedCalibrationError(bins), 2.0 / 3 * 0.25 + 1.0 / 3 * 0.1,
              1e-12);
}

TEST(ReliabilityTest, CalibrationErrorComparesWithinBins) {
  // Two rows of confidence 0.75 in one bin, one of them right: |1 - 1.5| / 2.
  EXPECT_NEAR(
      ExpectedCalibrationError(Probabilities({0.75, 0.75}), Labels({0, 1})),
      0.25, 1e-12);
}

TEST(ReliabilityTest, CertaintyFallsIntoTheLastBin) {
  const auto bins = Reliability(Probabilities({1.0}), Labels({0}));
  EXPECT_EQ(bins[14].share, 1);
  EXPECT_EQ(ExpectedCalibrationError(bins), 0);
}

TEST(ReliabilityTest, NetworksArePooled) {
  const at::Tensor one = Probabilities({0.9, 0.6});
  const at::Tensor two = Probabilities({0.7, 0.3});
  const at::Tensor labels = Labels({0, 1});
  const auto pooled = Reliability(torch::stack({one, two}), labels);
  const auto joined =
      Reliability(torch::cat({one, two}), torch::cat({labels, labels}));
  for (size_t i = 0; i < pooled.size(); ++i) {
    EXPECT_EQ(pooled[i].confidence, joined[i].confidence);
    EXPECT_EQ(pooled[i].accuracy, joined[i].accuracy);
    EXPECT_EQ(pooled[i].share, joined[i].share);
  }
}

// Rows of one confidence c: the ECE is |mean of n right ones - c|, whose mean
// is sqrt(2 / pi) standard errors.
TEST(ReliabilityTest, FloorIsTheErrorOfConfidencesThatAreRight) {
  const at::Tensor probabilities =
      torch::tensor({0.7, 0.3}, torch::kDouble).expand({2000, 2});
  const CalibrationFloor floor = FloorOfCalibration(probabilities);
  const double standard_error = std::sqrt(0.7 * 0.3 / 2000);
  EXPECT_NEAR(floor.mean, std::sqrt(2 / std::numbers::pi) * standard_error,
              0.15 * standard_error);
  EXPECT_NEAR(floor.deviation,
              std::sqrt(1 - 2 / std::numbers::pi) * standard_error,
              0.15 * standard_error);
  EXPECT_EQ(FloorOfCalibration(probabilities).mean, floor.mean);
  // Of certainty nothing is by chance.
  EXPECT_EQ(FloorOfCalibration(torch::ones({10, 1})).mean, 0);
}

}  // namespace
}  // namespace hypergan::trainer
