#include "trainer/evaluation/conformal.h"

#include <torch/torch.h>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

TEST(ConformalTest, ThresholdIsTheRankOfTheDefinition) {
  // 19 calibration rows with p[label] = 0.05 .. 0.95: scores 0.05 .. 0.95. For
  // 90 % the rank is ceil(20 * 0.9) = 18, a score of 0.90; for 95 % it is 19,
  // 0.95; for 99 % 20, more than there are.
  at::Tensor calibration = torch::zeros({19, 2}, torch::kDouble);
  for (int i = 0; i < 19; ++i) {
    calibration[i][0] = 0.05 * (i + 1);
    calibration[i][1] = 1 - 0.05 * (i + 1);
  }
  const at::Tensor labels = torch::zeros({19}, torch::kLong);
  const at::Tensor test =
      torch::tensor({{0.97, 0.03}, {0.92, 0.08}, {0.5, 0.5}}, torch::kDouble);
  const at::Tensor test_labels = torch::tensor({1, 1, 0}, torch::kLong);
  const Figures figures =
      ConformalFigures(calibration, labels, test, test_labels);
  // Classes of p >= 0.1: one, one, two; of p >= 0.05: one, two, two.
  EXPECT_DOUBLE_EQ(figures.at("conformal_size_90"), 4.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_coverage_90"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_size_95"), 5.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_coverage_95"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.at("conformal_size_99"), 2);
  EXPECT_DOUBLE_EQ(figures.at("conformal_coverage_99"), 1);
}

// Whatever the probabilities are worth: these know nothing of the labels.
TEST(ConformalTest, CoversAsOftenAsItSays) {
  torch::manual_seed(3);
  const auto probabilities = [](int64_t rows) {
    return torch::softmax(3 * torch::randn({rows, 5}), -1);
  };
  const auto labels = [](int64_t rows) {
    return torch::randint(5, {rows}, torch::kLong);
  };
  constexpr int64_t kRows = 20'000;
  const Figures figures = ConformalFigures(probabilities(kRows), labels(kRows),
                                           probabilities(kRows), labels(kRows));
  // Four standard errors of both sets of rows.
  EXPECT_NEAR(figures.at("conformal_coverage_90"), 0.90, 0.012);
  EXPECT_NEAR(figures.at("conformal_coverage_95"), 0.95, 0.009);
  EXPECT_GT(figures.at("conformal_size_95"), figures.at("conformal_size_90"));
}

}  // namespace
}  // namespace hypergan::trainer
