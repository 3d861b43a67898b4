#include "trainer/report/bootstrap.h"

#include <cmath>

#include "gtest/gtest.h"

namespace hypergan::trainer::report {
namespace {

// Ones and zeros, the ones first.
std::vector<float> Ones(size_t ones, size_t rows) {
  std::vector<float> values(rows, 0);
  std::fill_n(values.begin(), ones, 1.0F);
  return values;
}

TEST(BootstrapTest, IntervalIsAboutTwoStandardErrorsToEachSide) {
  const RowBootstrap bootstrap(2000);
  const Interval interval = IntervalOf(bootstrap.Means(Ones(1600, 2000)));
  EXPECT_DOUBLE_EQ(interval.mean, 0.8);
  const double standard_error = std::sqrt(0.8 * 0.2 / 2000);
  EXPECT_NEAR(interval.low, 0.8 - 1.96 * standard_error, 0.3 * standard_error);
  EXPECT_NEAR(interval.high, 0.8 + 1.96 * standard_error, 0.3 * standard_error);
}

// Two that err on nearly the same rows: their difference is known far better
// than either.
TEST(BootstrapTest, DifferencesArePairedByRow) {
  const RowBootstrap bootstrap(2000);
  const std::vector<double> one = bootstrap.Means(Ones(1600, 2000));
  const Interval none = DifferenceOf(one, one);
  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, 0);
  EXPECT_TRUE(none.HoldsZero());
  const Interval some = DifferenceOf(one, bootstrap.Means(Ones(1580, 2000)));
  EXPECT_NEAR(some.mean, 0.01, 1e-12);
  EXPECT_GT(some.low, 0.005);
  EXPECT_FALSE(some.HoldsZero());
}

TEST(BootstrapTest, IsAFunctionOfTheRows) {
  const std::vector<float> values = Ones(3, 10);
  EXPECT_EQ(RowBootstrap(10).Means(values), RowBootstrap(10).Means(values));
}

TEST(BootstrapTest, SeedsThatDifferWidenTheInterval) {
  const RowBootstrap bootstrap(2000);
  const std::vector<double> low = bootstrap.Means(Ones(1500, 2000));
  const std::vector<double> high = bootstrap.Means(Ones(1700, 2000));
  const Interval one = IntervalOf(MeansOverSeeds({low}, 1));
  const Interval both = IntervalOf(MeansOverSeeds({low, high}, 1));
  EXPECT_DOUBLE_EQ(one.mean, 0.75);
  EXPECT_DOUBLE_EQ(both.mean, 0.8);
  EXPECT_GT(both.high - both.low, 2 * (one.high - one.low));
  // Whatever the seeds drawn, it stays between them and chance.
  EXPECT_GT(both.low, one.low - 1e-12);
}

TEST(BootstrapTest, TextsHaveSignsWhereTheyAreDifferences) {
  EXPECT_EQ(IntervalText({99.012, 98.8, 99.19}, 2), "99.01 (98.80 to 99.19)");
  EXPECT_EQ(DifferenceText({0.12, -0.05, 0.3}, 2), "+0.12 (-0.05 to +0.30)");
}

}  // namespace
}  // namespace hypergan::trainer::report
