#include "client/retry.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/client/fake_clock.h"

namespace hypergan::client {
namespace {

constexpr RetryPolicy kPolicy = {.max_attempts = 4,
                                 .initial_backoff = absl::Milliseconds(100),
                                 .max_backoff = absl::Milliseconds(300)};

class RetryTest : public testing::Test {
 protected:
  // Runs attempts that answer `answers` in turn, the last one again and again.
  absl::Status Run(std::vector<absl::Status> answers,
                   absl::Duration deadline = absl::Seconds(10)) {
    return Retry(kPolicy, clock_.Now() + deadline, clock_,
                 [&](absl::Duration left) {
                   left_.push_back(left);
                   const size_t i = std::min(left_.size(), answers.size()) - 1;
                   return Attempt{answers[i], pushback_};
                 });
  }

  FakeClock clock_;
  std::optional<absl::Duration> pushback_;  // with every answer
  std::vector<absl::Duration> left_;        // what each attempt was given
};

TEST_F(RetryTest, ReturnsTheFirstAnswerThatIsNotUnavailable) {
  EXPECT_TRUE(Run({absl::UnavailableError("1"), absl::UnavailableError("2"),
                   absl::OkStatus()})
                  .ok());
  EXPECT_EQ(left_.size(), 3);
  EXPECT_EQ(clock_.sleeps.size(), 2);
}

TEST_F(RetryTest, AsksAgainAfterACallThatCrossedWithTheServersEnd) {
  EXPECT_TRUE(Run({absl::CancelledError("CANCELLED"), absl::OkStatus()}).ok());
  EXPECT_EQ(left_.size(), 2);
}

TEST_F(RetryTest, DoesNotAskAgainAfterAnyOtherError) {
  for (const absl::Status& error :
       {absl::NotFoundError("x"), absl::InvalidArgumentError("x"),
        absl::ResourceExhaustedError("x"), absl::DeadlineExceededError("x"),
        absl::InternalError("x")}) {
    left_.clear();
    EXPECT_EQ(Run({error}), error);
    EXPECT_EQ(left_.size(), 1);
  }
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryTest, GivesUpWhenTheAttemptsAreUsedUp) {
  EXPECT_EQ(Run({absl::UnavailableError("down")}),
            absl::UnavailableError("down"));
  EXPECT_EQ(left_.size(), 4);
}

TEST_F(RetryTest, GivesUpRatherThanSleepPastTheDeadline) {
  EXPECT_TRUE(absl::IsUnavailable(
      Run({absl::UnavailableError("down")}, absl::Milliseconds(40))));
  EXPECT_EQ(left_.size(), 1);
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryTest, TellsEachAttemptTheTimeThatIsLeft) {
  (void)Run({absl::UnavailableError("1"), absl::OkStatus()}, absl::Seconds(1));
  ASSERT_EQ(left_.size(), 2);
  EXPECT_EQ(left_[0], absl::Seconds(1));
  EXPECT_EQ(left_[1], absl::Seconds(1) - clock_.sleeps[0]);
}

TEST_F(RetryTest, AsksAgainWhenAFullServerSaysSo) {
  pushback_ = absl::Seconds(2);
  EXPECT_TRUE(
      Run({absl::ResourceExhaustedError("full"), absl::OkStatus()}).ok());
  EXPECT_EQ(left_.size(), 2);
  ASSERT_EQ(clock_.sleeps.size(), 1);
  EXPECT_GE(clock_.sleeps[0], absl::Seconds(2));
  EXPECT_LE(clock_.sleeps[0], absl::Seconds(2.5));
}

TEST_F(RetryTest, ReturnsAtOnceWhenTheServersPauseIsTooLong) {
  for (const absl::Duration pause :
       {absl::Seconds(10), absl::Hours(1), absl::InfiniteDuration()}) {
    left_.clear();
    pushback_ = pause;
    EXPECT_TRUE(absl::IsResourceExhausted(
        Run({absl::ResourceExhaustedError("full"), absl::OkStatus()})));
    EXPECT_EQ(left_.size(), 1);
  }
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryTest, NeverAsksAgainWhenTheServerSaysNever) {
  pushback_ = absl::Milliseconds(-1);
  for (const absl::Status& error :
       {absl::UnavailableError("x"), absl::ResourceExhaustedError("x")}) {
    left_.clear();
    EXPECT_EQ(Run({error, absl::OkStatus()}), error);
    EXPECT_EQ(left_.size(), 1);
  }
}

TEST(PushbackTest, ReadsMillisecondsAndTakesAnythingElseForNever) {
  EXPECT_EQ(ParsePushback("1500"), absl::Milliseconds(1500));
  EXPECT_EQ(ParsePushback("0"), absl::ZeroDuration());
  for (const char* never : {"-1", "", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_LT(ParsePushback(never), absl::ZeroDuration()) << never;
  }
}

TEST(BackoffTest, DoublesUpToItsMaximum) {
  constexpr double kMost = 1;
  EXPECT_EQ(Backoff(kPolicy, 1, kMost), absl::Milliseconds(100));
  EXPECT_EQ(Backoff(kPolicy, 2, kMost), absl::Milliseconds(200));
  EXPECT_EQ(Backoff(kPolicy, 3, kMost), absl::Milliseconds(300));
  EXPECT_EQ(Backoff(kPolicy, 1'000'000, kMost), absl::Milliseconds(300));
}

TEST(BackoffTest, LeavesOutAtMostHalf) {
  EXPECT_EQ(Backoff(kPolicy, 1, 0), absl::Milliseconds(50));
  EXPECT_EQ(Backoff(kPolicy, 1, 0.5), absl::Milliseconds(75));
}

}  // namespace
}  // namespace hypergan::client
