#include "server/serving/scheduling/work_pace.h"

#include "gtest/gtest.h"
#include "server/serving/admission/retry_hint.h"
#include "server/serving/scheduling/duration_estimate.h"

namespace hypergan::server {
namespace {

TEST(WorkPaceTest, SaysASecondAsLongAsNothingIsKnown) {
  EXPECT_EQ(WorkPace().TimeFor(1e6), absl::Seconds(1));
}

TEST(WorkPaceTest, FollowsTheLatestPieces) {
  WorkPace pace;
  for (int i = 0; i < 100; ++i) pace.Observe(1000, absl::Seconds(1));
  EXPECT_NEAR(absl::ToDoubleSeconds(pace.TimeFor(5000)), 5, 1e-6);
  for (int i = 0; i < 100; ++i) pace.Observe(4000, absl::Seconds(1));
  EXPECT_NEAR(absl::ToDoubleSeconds(pace.TimeFor(40'000)), 10, 0.1);
}

TEST(WorkPaceTest, CountsWhatIsAtWork) {
  WorkPace pace;
  pace.Observe(1000, absl::Seconds(1));
  pace.SetAtWork(3000);
  EXPECT_NEAR(absl::ToDoubleSeconds(pace.TimeFor(2000)), 5, 1e-6);
}

TEST(WorkPaceTest, StaysWithinItsBounds) {
  WorkPace pace;
  pace.Observe(1000, absl::Seconds(1));
  EXPECT_EQ(pace.TimeFor(0), WorkPace::kLeast);
  EXPECT_EQ(pace.TimeFor(1e18), WorkPace::kMost);
  pace.Observe(0, absl::InfiniteDuration());
  EXPECT_EQ(pace.TimeFor(1), WorkPace::kMost);
}

TEST(DurationEstimateTest, IsZeroAsLongAsNothingIsKnown) {
  EXPECT_EQ(DurationEstimate().Upper(), absl::ZeroDuration());
}

TEST(DurationEstimateTest, ComesDownToWhatIsSteadyAndStaysAboveWhatIsNot) {
  DurationEstimate steady;
  DurationEstimate unsteady;
  for (int i = 0; i < 100; ++i) {
    steady.Observe(absl::Milliseconds(10));
    unsteady.Observe(absl::Milliseconds(i % 2 == 0 ? 5 : 15));
  }
  EXPECT_LT(steady.Upper(), absl::Milliseconds(11));
  EXPECT_GT(unsteady.Upper(), absl::Milliseconds(20));
}

TEST(DurationEstimateTest, IsCarefulAfterTheFirst) {
  DurationEstimate estimate;
  estimate.Observe(absl::Milliseconds(10));
  EXPECT_EQ(estimate.Upper(), absl::Milliseconds(30));
}

TEST(RetryHintTest, IsPartOfTheStatus) {
  const absl::Status status = absl::ResourceExhaustedError("full");
  EXPECT_EQ(RetryHint(status), std::nullopt);
  EXPECT_EQ(RetryHint(absl::OkStatus()), std::nullopt);
  const absl::Status hinted = WithRetryHint(status, absl::Milliseconds(1500));
  EXPECT_EQ(RetryHint(hinted), absl::Milliseconds(1500));
  EXPECT_EQ(hinted.message(), "full");
  EXPECT_EQ(hinted.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace hypergan::server
