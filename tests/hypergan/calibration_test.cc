#include "hypergan/calibration.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

TEST(CalibrationTest, OodScoreIsTheShareOfRowsAtMostAsHigh) {
  const Calibration calibration =
      *Calibrate("predictive_entropy", {0.4, 0.1, 0.3, 0.2});
  EXPECT_EQ(OodScore(calibration, 0.05), 0);
  EXPECT_EQ(OodScore(calibration, 0.1), 0.25);
  EXPECT_EQ(OodScore(calibration, 0.35), 0.75);
  EXPECT_EQ(OodScore(calibration, 9), 1);
}

TEST(CalibrationTest, KeepsAtMostAThousandQuantilesToTheirResolution) {
  std::vector<double> scores(12'345);
  std::iota(scores.begin(), scores.end(), 0);
  const Calibration calibration = *Calibrate("total_variance", scores);
  EXPECT_EQ(calibration.quantiles.size(), 1000u);
  EXPECT_EQ(calibration.rows, 12'345);
  for (double score : {0.0, 17.0, 6000.0, 12'343.0, 12'344.0}) {
    const double exact = (score + 1) / 12'345;
    EXPECT_LE(OodScore(calibration, score), exact);
    EXPECT_GT(OodScore(calibration, score), exact - 1e-3);
  }
}

TEST(CalibrationTest, CountsTiesAsAtMostAsHigh) {
  const Calibration calibration =
      *Calibrate("predictive_entropy", {0, 0, 0, 1});
  EXPECT_EQ(OodScore(calibration, 0), 0.75);
}

TEST(CalibrationTest, RefusesNoRowsAndNumbersThatAreNotFinite) {
  EXPECT_EQ(Calibrate("x", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Calibrate("x", {1, std::nan("")}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      Calibrate("x", {std::numeric_limits<double>::infinity()}).status().code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hypergan
