#include "trainer/evaluation/conformal.h"

#include <torch/torch.h>

#include "gtest/gtest.h"
#include "hypergan/checkpoint/predictive.h"

namespace hypergan::trainer {
namespace {

TEST(ConformalTest, AreTheSetsThatTheServerGives) {
  // 39 rows with p[label] = 0.025 .. 0.975. For 90 % a class needs the 36th of
  // the scores 0.025 .. 0.975, ceil(40 * 0.9), so 1 - 0.9; for 95 % 1 - 0.95.
  // For 99 % there are too few rows.
  Manifest manifest;
  std::vector<double> scores;
  for (int i = 1; i < 40; ++i) scores.push_back(0.025 * i);
  manifest.label_calibration = CalibrateLabels(scores);
  const at::Tensor probabilities =
      torch::tensor({{0.97F, 0.03F}, {0.92F, 0.08F}, {0.5F, 0.5F}});
  const at::Tensor labels = torch::tensor({1, 1, 0}, torch::kLong);
  const Figures figures = ConformalFigures(manifest, probabilities, labels);
  // Classes of p >= 0.1: one, one, two; of p >= 0.05: one, two, two.
  EXPECT_DOUBLE_EQ(figures.at("conformal_size_90"), 4.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_coverage_90"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_size_95"), 5.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_coverage_95"), 2.0 / 3);
  EXPECT_EQ(figures.count("conformal_size_99"), 0u);
}

TEST(ConformalTest, NoneWithoutCalibrationRows) {
  EXPECT_TRUE(ConformalFigures({}, torch::full({2, 2}, 0.5),
                               torch::zeros({2}, torch::kLong))
                  .empty());
}

}  // namespace
}  // namespace hypergan::trainer
