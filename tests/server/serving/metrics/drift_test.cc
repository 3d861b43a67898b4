#include "server/serving/metrics/drift.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

const std::vector<double> kBounds = {0.05, 0.1, 0.2, 0.3, 0.4,  0.5,
                                     0.6,  0.7, 0.8, 0.9, 0.95, 1};

std::vector<double> Scaled(const std::vector<double>& shares, double rows) {
  std::vector<double> counts;
  for (const double share : shares) counts.push_back(share * rows);
  return counts;
}

TEST(DriftTest, IsNothingForRowsLikeTheCalibration) {
  const Drift drift = DriftOf(kBounds, Scaled(kBounds, 200), 200);
  EXPECT_EQ(drift.rows, 200);
  EXPECT_NEAR(drift.ks, 0, 1e-12);
  EXPECT_NEAR(drift.psi, 0, 1e-12);
}

TEST(DriftTest, IsGreatestWhereAllRowsAreUnusual) {
  std::vector<double> counts(kBounds.size(), 0.0);
  counts.back() = 50;
  const Drift drift = DriftOf(kBounds, counts, 50);
  EXPECT_DOUBLE_EQ(drift.ks, 0.95);
  // Nine empty bins of 0.0001 instead of a tenth, and one that has them all.
  EXPECT_NEAR(drift.psi, 9 * (1e-4 - 0.1) * std::log(1e-3) + 0.9 * std::log(10),
              1e-9);
}

TEST(DriftTest, SeesRowsThatAreAllTooEasy) {
  const std::vector<double> counts(kBounds.size(), 80.0);
  EXPECT_DOUBLE_EQ(DriftOf(kBounds, counts, 80).ks, 0.95);
}

TEST(DriftTest, IsZeroWithoutRows) {
  const Drift drift =
      DriftOf(kBounds, std::vector<double>(kBounds.size(), 0.0), 0);
  EXPECT_EQ(drift.ks, 0);
  EXPECT_EQ(drift.psi, 0);
}

}  // namespace
}  // namespace hypergan::server
