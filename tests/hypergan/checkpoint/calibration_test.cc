#include "hypergan/checkpoint/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

constexpr int64_t kNetworks = 100;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Calibration CalibrationOf(std::vector<double> scores) {
  return Calibrate("total_variance", kNetworks,
                   {{kNetworks, std::move(scores)}})
      .value();
}

double ShareOf(const Calibration& calibration, double score) {
  return OodScore(calibration, kNetworks, score).value();
}

// 0, 1, ..., rows - 1.
std::vector<double> Steps(int64_t rows) {
  std::vector<double> scores(static_cast<size_t>(rows));
  std::iota(scores.begin(), scores.end(), 0);
  return scores;
}

// How many of the scores are out of distribution for a calibration on all the
// others. They are exchangeable, so that this share is the rate of false
// alarms, without an error of simulation.
size_t FalseAlarms(const std::vector<double>& scores, int64_t networks) {
  size_t alarms = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    std::vector<double> others = scores;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const Calibration calibration =
        Calibrate("total_variance", kNetworks,
                  {{kNetworks, others}, {2, others}})
            .value();
    alarms += *IsOod(calibration, *OodScore(calibration, networks, scores[i]));
  }
  return alarms;
}

TEST(CalibrationTest, OodScoreIsTheShareOfRowsBelowAmongAllAndThisOne) {
  const Calibration calibration = CalibrationOf({0.4, 0.1, 0.3, 0.2});
  EXPECT_EQ(ShareOf(calibration, 0.05), 0);
  EXPECT_EQ(ShareOf(calibration, 0.15), 0.2);
  EXPECT_EQ(ShareOf(calibration, 0.35), 0.6);
  EXPECT_EQ(ShareOf(calibration, 9), 0.8);
}

TEST(CalibrationTest, CountsNoTies) {
  const Calibration calibration = CalibrationOf({0, 0, 0, 1});
  EXPECT_EQ(ShareOf(calibration, 0), 0);
  EXPECT_EQ(ShareOf(calibration, 1), 0.6);
}

TEST(CalibrationTest, IsExactForAThousandRows) {
  const Calibration calibration = CalibrationOf(Steps(1000));
  for (int64_t below = 0; below <= 1000; ++below) {
    EXPECT_EQ(ShareOf(calibration, static_cast<double>(below) - 0.5),
              static_cast<double>(below) / 1001);
  }
}

TEST(CalibrationTest, RoundsDownToItsThousandQuantilesBeyond) {
  const Calibration calibration = CalibrationOf(Steps(12'345));
  EXPECT_EQ(calibration.quantiles.size(), 1000u);
  EXPECT_EQ(calibration.rows, 12'345);
  for (const double score : {0.0, 17.5, 6000.0, 12'343.0, 12'344.5}) {
    const double exact = std::ceil(score) / 12'346;
    EXPECT_LE(ShareOf(calibration, score), exact);
    EXPECT_GT(ShareOf(calibration, score), exact - 1.1e-3);
  }
}

TEST(CalibrationTest, RaisesNoMoreFalseAlarmsThanThePromise) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> draw;
  for (const size_t rows :
       {19u, 20u, 38u, 39u, 40u, 100u, 201u, 1000u, 1500u}) {
    std::vector<double> scores(rows + 1);
    std::generate(scores.begin(), scores.end(), [&] { return draw(random); });
    const size_t most = (rows + 1) / 20;
    const size_t alarms = FalseAlarms(scores, kNetworks);
    EXPECT_LE(alarms, most) << rows;
    // Nor many fewer, as long as the quantiles are all the scores.
    if (rows <= 1000) {
      EXPECT_EQ(alarms, most) << rows;
    }
    EXPECT_LE(FalseAlarms(scores, 2), most) << rows;
  }
}

TEST(CalibrationTest, RaisesNoMoreFalseAlarmsForTies) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<int> draw(0, 2);
  for (const size_t rows : {19u, 100u, 1000u}) {
    std::vector<double> scores(rows + 1);
    std::generate(scores.begin(), scores.end(), [&] { return draw(random); });
    EXPECT_LE(FalseAlarms(scores, kNetworks), (rows + 1) / 20);
    EXPECT_LE(FalseAlarms(scores, 2), (rows + 1) / 20);
  }
}

TEST(CalibrationTest, SaysNothingWhereNoRowCouldBeOutOfDistribution) {
  EXPECT_EQ(IsOod(CalibrationOf(Steps(18)), 18.0 / 19), std::nullopt);
  const Calibration enough = CalibrationOf(Steps(19));
  EXPECT_EQ(IsOod(enough, ShareOf(enough, 99)), true);
  EXPECT_EQ(IsOod(enough, ShareOf(enough, 17.5)), false);
  Calibration strict = CalibrationOf(Steps(1000));
  strict.threshold = 1;
  EXPECT_EQ(IsOod(strict, 1000.0 / 1001), std::nullopt);
}

TEST(CalibrationTest, TheFewestRowsReachTheThresholdAndOneFewerDoNot) {
  EXPECT_EQ(LeastRows(0.95), 19);
  EXPECT_EQ(LeastRows(0.9), 9);
  EXPECT_EQ(LeastRows(0.99), 99);
  EXPECT_EQ(LeastRows(0), 0);
  EXPECT_EQ(LeastRows(1), std::nullopt);
  EXPECT_EQ(LeastRows(kNaN), std::nullopt);
  for (int i = 1; i < 1000; ++i) {
    const double threshold = i / 1000.0;
    const auto rows = static_cast<double>(*LeastRows(threshold));
    EXPECT_GE(rows / (rows + 1), threshold);
    EXPECT_LT((rows - 1) / rows, threshold);
  }
}

TEST(CalibrationTest, ComparesWithScoresOfAsManyNetworks) {
  const Calibration calibration =
      Calibrate("total_variance", 100,
                {{2, {9, 9, 9, 9}}, {5, {1, 2, 3, 4}}, {100, {3, 3, 3, 3}}})
          .value();
  EXPECT_EQ(calibration.networks, 100);
  EXPECT_EQ(calibration.other_networks.size(), 2u);
  EXPECT_EQ(OodScore(calibration, 2, 8), 0);
  EXPECT_EQ(OodScore(calibration, 5, 2.5), 0.4);
  EXPECT_EQ(OodScore(calibration, 100, 3.5), 0.8);
  // Between two numbers the smaller share; beyond all, the greatest number's.
  EXPECT_EQ(OodScore(calibration, 3, 8), 0);
  EXPECT_EQ(OodScore(calibration, 50, 2.5), 0);
  EXPECT_EQ(OodScore(calibration, 50, 3.5), 0.6);
  EXPECT_EQ(OodScore(calibration, 10'000, 3.5), 0.8);
}

TEST(CalibrationTest, KeepsQuantilesOfOtherScores) {
  Calibration calibration = CalibrationOf({1, 2});
  ASSERT_TRUE(AddOtherScore("total_variance", {4, 3}, &calibration).ok());
  ASSERT_EQ(calibration.other_scores.size(), 1u);
  EXPECT_EQ(calibration.other_scores[0].score, "total_variance");
  EXPECT_EQ(calibration.other_scores[0].quantiles, (std::vector<double>{3, 4}));
  EXPECT_FALSE(AddOtherScore("total_variance", {4}, &calibration).ok());
  EXPECT_FALSE(AddOtherScore("total_variance", {4, NAN}, &calibration).ok());
  Calibration many = CalibrationOf(std::vector<double>(1000, 1.0));
  ASSERT_TRUE(
      AddOtherScore("total_variance", std::vector<double>(1000, 2.0), &many)
          .ok());
  EXPECT_EQ(many.other_scores[0].quantiles.size(), 200u);
}

TEST(CalibrationTest, HasNoScoreForFewerNetworksThanWereCalibrated) {
  Calibration calibration = CalibrationOf({1, 2});
  EXPECT_EQ(LeastNetworks(calibration), 10);
  for (const int64_t few : {1, 2, 3, 9}) {
    EXPECT_EQ(OodScore(calibration, few, 1), std::nullopt);
  }
  EXPECT_TRUE(OodScore(calibration, 10, 1).has_value());
  // As of a deep ensemble of five members.
  calibration.networks = 5;
  EXPECT_EQ(OodScore(calibration, 4, 1), std::nullopt);
  EXPECT_TRUE(OodScore(calibration, 5, 1).has_value());
  calibration.other_networks = {{2, {1, 2}}};
  EXPECT_EQ(LeastNetworks(calibration), 2);
  EXPECT_EQ(OodScore(calibration, 1, 1), std::nullopt);
  EXPECT_TRUE(OodScore(calibration, 2, 1).has_value());
}

TEST(CalibrationTest, HasNoScoreOfWhatHasNoMeaning) {
  EXPECT_EQ(OodScore(CalibrationOf({1, 2}), kNetworks, kNaN), std::nullopt);
}

TEST(CalibrationTest, TakesQuantilesOfUnknownRowsForAllThereIs) {
  Calibration calibration = CalibrationOf({1, 2, 3});
  calibration.rows = 0;
  EXPECT_EQ(ShareOf(calibration, 2.5), 0.5);
}

TEST(CalibrationTest, RefusesNoRowsAndNumbersThatAreNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& scores :
       {std::vector<double>{}, {1, kNaN}, {infinity}}) {
    EXPECT_TRUE(
        absl::IsInvalidArgument(Calibrate("x", 100, {{100, scores}}).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(
      Calibrate("x", 100, {{100, {1, 2}}, {2, {1}}}).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(Calibrate("x", 100, {{2, {1}}}).status()));
}

}  // namespace
}  // namespace hypergan
