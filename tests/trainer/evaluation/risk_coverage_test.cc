#include "trainer/evaluation/risk_coverage.h"

#include <torch/torch.h>

#include <cmath>

#include "gtest/gtest.h"
#include "hypergan/checkpoint/calibration.h"

namespace hypergan::trainer {
namespace {

// Ten rows of two classes: the less certain, the later; rows 6, 8 and 9 are
// wrong.
struct Classified {
  EnsembleOutputs outputs;
  at::Tensor labels = torch::zeros({10}, torch::kLong);

  Classified() {
    outputs.mean = torch::zeros({10, 2}, torch::kDouble);
    outputs.scores.predictive_entropy = torch::zeros({10}, torch::kDouble);
    for (int row = 0; row < 10; ++row) {
      const bool is_wrong = row == 6 || row >= 8;
      outputs.mean[row][is_wrong ? 1 : 0] = 1;
      outputs.scores.predictive_entropy[row] = row / 10.0;
    }
  }
};

TEST(RiskCoverageTest, IsTheErrorOfTheMostCertainRows) {
  const Classified rows;
  const RiskCoverage result =
      MeasureRiskCoverage({}, 100, rows.outputs, rows.labels).value();
  ASSERT_EQ(result.points.size(), 5u);
  EXPECT_DOUBLE_EQ(result.points[0].risk, 3.0 / 10);  // all
  EXPECT_DOUBLE_EQ(result.points[2].risk, 2.0 / 9);   // 90 %
  EXPECT_DOUBLE_EQ(result.points[3].risk, 1.0 / 8);   // 80 %
  EXPECT_DOUBLE_EQ(result.points[4].risk, 0);         // 50 %
  EXPECT_DOUBLE_EQ(result.aurc, (1.0 / 7 + 1.0 / 8 + 2.0 / 9 + 3.0 / 10) / 10);
  EXPECT_FALSE(result.flagged.has_value());
}

TEST(RiskCoverageTest, TellsTheRiskWhereRowsAreOutOfDistribution) {
  const Classified rows;
  Manifest manifest;
  manifest.default_num_networks = 100;
  std::vector<double> scores;
  for (int i = 0; i < 19; ++i) scores.push_back(0.75 * i / 18);
  manifest.calibration =
      Calibrate("predictive_entropy", 100, {{100, scores}}).value();
  const RiskCoverage result =
      MeasureRiskCoverage(manifest, 100, rows.outputs, rows.labels).value();
  ASSERT_TRUE(result.flagged.has_value());
  EXPECT_EQ(result.flagged->rows, 2);  // entropies 0.8 and 0.9
  EXPECT_DOUBLE_EQ(*result.flagged->risk_inside, 1.0 / 8);
  EXPECT_DOUBLE_EQ(*result.flagged->risk_outside, 1);
}

TEST(RiskCoverageTest, IsARootMeanSquareErrorOfARegression) {
  EnsembleOutputs outputs;
  outputs.mean = torch::tensor({{1.0}, {2.0}}, torch::kDouble);
  outputs.scores.total_variance = torch::tensor({5.0, 1.0}, torch::kDouble);
  Manifest manifest;
  manifest.task = Task::kRegression;
  const at::Tensor targets = torch::tensor({{4.0f}, {6.0f}});
  const RiskCoverage result =
      MeasureRiskCoverage(manifest, 10, outputs, targets).value();
  EXPECT_DOUBLE_EQ(result.points[0].risk, std::sqrt((9.0 + 16.0) / 2));
  EXPECT_DOUBLE_EQ(result.points[4].risk, 4);  // row 1 alone
  EXPECT_DOUBLE_EQ(result.aurc, (16 + 12.5) / 2);
}

TEST(RiskCoverageTest, HasNoneOfOneNetworkThatCannotDisagree) {
  EnsembleOutputs outputs;
  outputs.mean = torch::tensor({{1.0}, {2.0}}, torch::kDouble);
  Manifest manifest;
  manifest.task = Task::kRegression;
  EXPECT_FALSE(
      MeasureRiskCoverage(manifest, 1, outputs, torch::tensor({{4.0f}, {6.0f}}))
          .has_value());
}

}  // namespace
}  // namespace hypergan::trainer
