#include "trainer/loop/time_budget.h"

#include <limits>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

TEST(TimeBudgetTest, LeavesATenthOfTheTimeForEvaluations) {
  // 600 s, of which 540 for epochs of 100 steps of 10 ms.
  EXPECT_EQ(EpochsWithin(absl::Minutes(10), absl::Milliseconds(10), 100), 540);
}

TEST(TimeBudgetTest, TrainsOneEpochHoweverLittleTimeThereIs) {
  EXPECT_EQ(EpochsWithin(absl::Seconds(1), absl::Seconds(10), 1000), 1);
}

TEST(TimeBudgetTest, BoundsTheEpochsOfStepsThatTakeNoTime) {
  EXPECT_EQ(EpochsWithin(absl::Hours(1), absl::ZeroDuration(), 1), 1'000'000);
}

}  // namespace
}  // namespace hypergan::trainer
