#include "client/load/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hypergan::load {
namespace {

constexpr int kArrivals = 200'000;

// The gaps, in seconds.
std::vector<double> Gaps(double rate, uint64_t seed, int count) {
  PoissonSchedule schedule(rate, seed);
  std::vector<double> gaps;
  absl::Duration last;
  for (int i = 0; i < count; ++i) {
    const absl::Duration next = schedule.Next();
    gaps.push_back(absl::ToDoubleSeconds(next - last));
    last = next;
  }
  return gaps;
}

TEST(PoissonScheduleTest, IsAFunctionOfItsSeed) {
  EXPECT_EQ(Gaps(10, 1, 100), Gaps(10, 1, 100));
  EXPECT_NE(Gaps(10, 1, 100), Gaps(10, 2, 100));
}

TEST(PoissonScheduleTest, NeverGoesBack) {
  for (double gap : Gaps(1e6, 1, kArrivals)) ASSERT_GE(gap, 0);
}

TEST(PoissonScheduleTest, ArrivesAtItsRate) {
  double sum = 0, squares = 0;
  for (double gap : Gaps(50, 1, kArrivals)) {
    sum += gap;
    squares += gap * gap;
  }
  // An exponential distribution's deviation is its mean; five standard errors.
  const double mean = sum / kArrivals;
  EXPECT_NEAR(mean * 50, 1, 5 / std::sqrt(kArrivals));
  const double variance = squares / kArrivals - mean * mean;
  EXPECT_NEAR(variance * 2500, 1, 5 * std::sqrt(8.0 / kArrivals));
}

TEST(PoissonScheduleTest, ForgetsHowLongItHasWaited) {
  // P(gap > t) = exp(-rate t), and the gaps do not know of one another.
  const std::vector<double> gaps = Gaps(1, 1, kArrivals);
  for (double t : {0.1, 0.5, 1.0, 3.0}) {
    double longer = 0;
    for (double gap : gaps) longer += gap > t;
    EXPECT_NEAR(longer / kArrivals, std::exp(-t),
                5 * 0.5 / std::sqrt(kArrivals))
        << t;
  }
  double product = 0;
  for (int i = 1; i < kArrivals; ++i) {
    product += (gaps[i] - 1) * (gaps[i - 1] - 1);
  }
  EXPECT_NEAR(product / kArrivals, 0, 5 / std::sqrt(kArrivals));
}

}  // namespace
}  // namespace hypergan::load
