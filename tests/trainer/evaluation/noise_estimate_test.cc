#include "trainer/evaluation/noise_estimate.h"

#include <torch/torch.h>

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

// R rows of two outputs whose mean is 0 and whose networks vary by `epistemic`.
EnsembleOutputs Outputs(int64_t rows, double epistemic) {
  EnsembleOutputs outputs;
  outputs.mean = torch::zeros({rows, 2}, torch::kDouble);
  outputs.variance = torch::full({rows, 2}, epistemic, torch::kDouble);
  return outputs;
}

TEST(NoiseEstimateTest, IsTheErrorLessWhatTheNetworksVaryBy) {
  const at::Tensor targets =
      torch::tensor({{3.0f, 1.0f}, {-3.0f, -1.0f}, {5.0f, 1.0f}});
  const double first = std::sqrt((9 + 9 + 25) / 3.0 - 0.5);
  EXPECT_THAT(
      EstimateNoise(Outputs(3, 0.5), targets),
      ElementsAre(DoubleNear(first, 1e-6), DoubleNear(std::sqrt(0.5), 1e-6)));
}

// Where networks disagree far from the training rows, their variance is no
// reason to take the rows elsewhere for free of noise.
TEST(NoiseEstimateTest, IsToldByRowsThatTheNetworksAreSureAbout) {
  constexpr int64_t kRows = 20;
  EnsembleOutputs outputs = Outputs(kRows, 0.01);
  outputs.variance.narrow(0, 0, 5).fill_(10'000);
  const at::Tensor targets = torch::full({kRows, 2}, 3.0f);
  const std::vector<double> noise = EstimateNoise(outputs, targets);
  EXPECT_NEAR(noise[0], 3, 0.05);
}

TEST(NoiseEstimateTest, NeverFallsToNothing) {
  const at::Tensor targets = torch::tensor({{3.0f, 1.0f}, {-3.0f, -1.0f}});
  EXPECT_THAT(EstimateNoise(Outputs(2, 1000), targets),
              ElementsAre(DoubleNear(0.03, 1e-6), DoubleNear(0.01, 1e-6)));
}

// A normal truth of deviation 2 around means that vary by 1.5: the variances
// add up to 2.5 squared.
TEST(NoiseEstimateTest, IntervalsHoldTheirShareOfTheTruth) {
  torch::manual_seed(1);
  constexpr int64_t kRows = 100'000;
  EnsembleOutputs outputs = Outputs(kRows, 1.5 * 1.5);
  outputs.mean = 1.5 * torch::randn({kRows, 2}, torch::kDouble);
  const at::Tensor targets = 2 * torch::randn({kRows, 2});
  const std::vector<double> noise = EstimateNoise(outputs, targets);
  EXPECT_NEAR(noise[0], 2, 0.02);
  const Figures figures = PredictiveFigures(outputs, noise, targets);
  EXPECT_NEAR(figures.at("coverage_95"), 0.95, 0.002);
  EXPECT_NEAR(figures.at("width_95"), 2 * 1.96 * 2.5, 0.03);
  EXPECT_NEAR(figures.at("nll"),
              2 * (0.5 + std::log(2.5 * std::sqrt(2 * M_PI))), 0.01);
}

// The integral of (F(x) - [x >= y])^2, by small steps.
double RankedScore(double mean, double deviation, double y) {
  constexpr double kStep = 1e-3;
  double sum = 0;
  for (double x = mean - 40; x < mean + 40; x += kStep) {
    const double below = std::erfc((mean - x) / deviation / std::sqrt(2)) / 2;
    const double error = below - (x >= y ? 1 : 0);
    sum += error * error * kStep;
  }
  return sum;
}

TEST(NoiseEstimateTest, CrpsIsTheIntegralOfItsDefinition) {
  EnsembleOutputs outputs = Outputs(1, 1.5 * 1.5);
  outputs.mean = torch::tensor({{2.0, -1.0}}, torch::kDouble);
  const at::Tensor targets = torch::tensor({{5.0F, -1.25F}});
  const Figures figures = PredictiveFigures(outputs, {2, 2}, targets);
  EXPECT_NEAR(figures.at("crps"),
              (RankedScore(2, 2.5, 5) + RankedScore(-1, 2.5, -1.25)) / 2, 1e-3);
}

}  // namespace
}  // namespace hypergan::trainer
