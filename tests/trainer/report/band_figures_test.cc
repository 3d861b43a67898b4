#include "trainer/report/band_figures.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan::trainer::report {
namespace {

constexpr double kNoise = 3;

BandResult Band() {
  BandResult band;
  band.networks = 100;
  band.x = {-6, -4, 0, 4.5};
  band.truth = {-216, -64, 0, 91};
  band.mean = {-200, -60, 1, 80};
  band.deviation = {9, 2, 0, 4};
  return band;
}

constexpr Reach kInside = {.from = -1, .to = 4};
constexpr Reach kOutside = {.from = 4, .to = 6};

// By observations that are drawn, at the two points inside.
TEST(BandFiguresTest, AreTheExpectationOverTheNoise) {
  const BandResult band = Band();
  const BandFigures figures = FiguresOfBand(band, kNoise, kInside).value();
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  constexpr int kDraws = 400'000;
  double coverage = 0, nll = 0, crps = 0;
  for (const size_t i : {1, 2}) {
    const double deviation = std::hypot(band.deviation[i], kNoise);
    for (int draw = 0; draw < kDraws; ++draw) {
      const double y = band.truth[i] + kNoise * normal(random);
      const double error = y - band.mean[i];
      coverage += std::abs(error) < 1.959964 * deviation ? 1 : 0;
      nll += std::log(deviation * std::sqrt(2 * std::numbers::pi)) +
             error * error / (2 * deviation * deviation);
      // |X - y| - |X - X'| / 2, X and X' of the prediction.
      const double one = band.mean[i] + deviation * normal(random);
      const double other = band.mean[i] + deviation * normal(random);
      crps += std::abs(one - y) - std::abs(one - other) / 2;
    }
  }
  EXPECT_NEAR(figures.coverage, coverage / (2 * kDraws), 0.002);
  EXPECT_NEAR(figures.nll, nll / (2 * kDraws), 0.005);
  EXPECT_NEAR(figures.crps, crps / (2 * kDraws), 0.015);
}

TEST(BandFiguresTest, ACalibratedBandHoldsAsManyAsItSays) {
  BandResult band = Band();
  band.mean = band.truth;
  band.deviation.assign(4, 0);
  const BandFigures figures = FiguresOfBand(band, kNoise, kInside).value();
  EXPECT_NEAR(figures.coverage, 0.95, 1e-9);
  EXPECT_NEAR(figures.nll,
              0.5 + std::log(kNoise * std::sqrt(2 * std::numbers::pi)), 1e-9);
  // Of a normal distribution at itself: deviation / sqrt(pi).
  EXPECT_NEAR(figures.crps, kNoise / std::sqrt(std::numbers::pi), 1e-9);
}

TEST(BandFiguresTest, AreOfThePointsWithinReach) {
  const BandResult band = Band();
  BandResult outside = band;
  outside.x[1] = outside.x[2] = 100;
  EXPECT_DOUBLE_EQ(FiguresOfBand(band, kNoise, kOutside)->nll,
                   FiguresOfBand(outside, kNoise, kOutside)->nll);
  EXPECT_FALSE(FiguresOfBand(outside, kNoise, kInside));
}

TEST(BandFiguresTest, DifferFromAReferenceByMeansAndDeviations) {
  const BandResult band = Band();
  BandResult reference = band;
  for (double& mean : reference.mean) mean += 2;
  for (double& deviation : reference.deviation) deviation *= 4;
  const BandDifference difference =
      DifferenceOf(band, reference, kOutside).value();
  EXPECT_DOUBLE_EQ(difference.of_means, 2);
  EXPECT_DOUBLE_EQ(difference.deviation_ratio, 0.25);
}

TEST(BandFiguresTest, AReferenceOfOtherPointsOrWithoutDeviationIsNone) {
  const BandResult band = Band();
  BandResult other = band;
  other.x[0] = -5;
  EXPECT_FALSE(DifferenceOf(band, other, kOutside));
  BandResult flat = band;
  flat.deviation.assign(4, 0);
  EXPECT_FALSE(DifferenceOf(band, flat, kOutside));
}

}  // namespace
}  // namespace hypergan::trainer::report
