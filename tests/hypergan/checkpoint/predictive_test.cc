#include "hypergan/checkpoint/predictive.h"

#include <cmath>
#include <numbers>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Manifest Classifier(LabelCalibration labels) {
  Manifest manifest;
  manifest.label_calibration = std::move(labels);
  return manifest;
}

TEST(PredictiveTest, TakesACoverageBetweenZeroAndOne) {
  EXPECT_TRUE(CheckCoverage(0.95).ok());
  for (const double wrong : {0.0, 1.0, -0.5, 95.0, std::nan("")}) {
    const absl::Status status = CheckCoverage(wrong);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << wrong;
    EXPECT_THAT(status.message(), HasSubstr("coverage: expected a number"));
  }
}

TEST(PredictiveTest, HalfWidthsHoldTheirShareOfANormalDistribution) {
  EXPECT_NEAR(NormalHalfWidth(0.95), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalHalfWidth(0.6826894921370859), 1, 1e-12);
  for (const double coverage : {1e-6, 0.1, 0.5, 0.9, 0.999999}) {
    EXPECT_NEAR(std::erf(NormalHalfWidth(coverage) / std::numbers::sqrt2),
                coverage, 1e-12);
  }
}

TEST(PredictiveTest, TakesTheRankOfSplitConformalPrediction) {
  // Scores 0.01, 0.02, ... 0.99 of 99 rows: of 100 the rank of 90 % is 90.
  std::vector<double> scores;
  for (int i = 99; i >= 1; --i) scores.push_back(i / 100.0);
  const Manifest manifest = Classifier(CalibrateLabels(scores));
  EXPECT_NEAR(LeastProbability(manifest, 0.9).value(), 1 - 0.90, 1e-12);
  EXPECT_NEAR(LeastProbability(manifest, 0.901).value(), 1 - 0.91, 1e-12);
  EXPECT_NEAR(LeastProbability(manifest, 0.99).value(), 1 - 0.99, 1e-12);
}

TEST(PredictiveTest, RefusesACoverageThatTheRowsAreTooFewFor) {
  const Manifest manifest =
      Classifier(CalibrateLabels(std::vector<double>(18, 0.5)));
  EXPECT_TRUE(LeastProbability(manifest, 0.9).ok());
  const absl::Status status = LeastProbability(manifest, 0.95).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(),
              HasSubstr("takes 19 calibration rows or more, this checkpoint "
                        "has 18"));
  EXPECT_THAT(LeastProbability({}, 0.5).status().message(),
              HasSubstr("no calibration of labels"));
}

// Sets of rows like the calibration rows hold the label as often as asked, for
// any number of rows, above the thousand that are kept too.
TEST(PredictiveTest, SetsCoverTheirShareOfFreshRows) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const int rows : {19, 200, 5'000}) {
    constexpr int kTrials = 4000;
    int covered = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      std::vector<double> scores(rows);
      for (double& score : scores) score = uniform(random);
      const Manifest manifest = Classifier(CalibrateLabels(std::move(scores)));
      const double least = LeastProbability(manifest, 0.9).value();
      covered += 1 - uniform(random) >= least ? 1 : 0;
      if (rows == 5'000 && trial == 400) break;
    }
    const int trials = rows == 5'000 ? 401 : kTrials;
    const double share = static_cast<double>(covered) / trials;
    const double error = std::sqrt(0.9 * 0.1 / trials);
    EXPECT_GT(share, 0.9 - 4 * error) << rows;
    EXPECT_LT(share, 0.9 + 1.0 / (rows + 1) + 0.001 + 4 * error) << rows;
  }
}

TEST(PredictiveTest, KeepsAtMostAThousandScores) {
  EXPECT_EQ(CalibrateLabels(std::vector<double>(5'000, 0.5)).quantiles.size(),
            1000u);
  EXPECT_EQ(CalibrateLabels(std::vector<double>(5'000, 0.5)).rows, 5'000);
}

TEST(PredictiveTest, ASetHasTheProbableClassesAndNeverNone) {
  const std::vector<float> probabilities = {0.1f, 0.6f, 0.3f};
  EXPECT_THAT(PredictionSet(probabilities, 0.3f), ElementsAre(1, 2));
  EXPECT_THAT(PredictionSet(probabilities, 0.05), ElementsAre(1, 2, 0));
  EXPECT_THAT(PredictionSet(probabilities, 0.9), ElementsAre(1));
}

}  // namespace
}  // namespace hypergan
