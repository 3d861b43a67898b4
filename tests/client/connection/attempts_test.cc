#include "client/connection/attempts.h"

#include <gtest/gtest.h>

namespace hypergan::client {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

Attempts FiveWithin(absl::Duration deadline) { return {5, kNow + deadline}; }

TEST(AttemptsTest, AsksAgainWhenAFullServerSaysSo) {
  Attempts attempts = FiveWithin(absl::Seconds(10));
  const auto pause = attempts.PauseAfter(absl::ResourceExhaustedError("full"),
                                         absl::Seconds(2), kNow);
  ASSERT_TRUE(pause.has_value());
  EXPECT_GE(*pause, absl::Seconds(2));
  EXPECT_LE(*pause, absl::Seconds(2.5));
}

TEST(AttemptsTest, LeavesAllOtherErrorsToGrpc) {
  Attempts attempts = FiveWithin(absl::Seconds(10));
  for (const absl::Status& status :
       {absl::OkStatus(), absl::UnavailableError("x"),
        absl::CancelledError("x"), absl::NotFoundError("x"),
        absl::DeadlineExceededError("x")}) {
    EXPECT_EQ(attempts.PauseAfter(status, absl::Seconds(1), kNow),
              std::nullopt);
  }
}

TEST(AttemptsTest, DoesNotRepeatARequestThatIsTooLarge) {
  EXPECT_EQ(FiveWithin(absl::Seconds(10))
                .PauseAfter(absl::ResourceExhaustedError("too large"),
                            std::nullopt, kNow),
            std::nullopt);
}

TEST(AttemptsTest, NeverAsksAgainWhenTheServerSaysNever) {
  EXPECT_EQ(FiveWithin(absl::Seconds(10))
                .PauseAfter(absl::ResourceExhaustedError("full"),
                            absl::Milliseconds(-1), kNow),
            std::nullopt);
}

TEST(AttemptsTest, GivesUpWhenTheAttemptsAreUsedUp) {
  Attempts attempts(3, kNow + absl::Hours(1));
  const auto again = [&] {
    return attempts
        .PauseAfter(absl::ResourceExhaustedError("full"), absl::Seconds(1),
                    kNow)
        .has_value();
  };
  EXPECT_TRUE(again());
  EXPECT_TRUE(again());
  EXPECT_FALSE(again());
}

TEST(AttemptsTest, GivesUpRatherThanPausePastTheDeadline) {
  for (const absl::Duration pause :
       {absl::Seconds(10), absl::Hours(1), absl::InfiniteDuration()}) {
    EXPECT_EQ(
        FiveWithin(absl::Seconds(10))
            .PauseAfter(absl::ResourceExhaustedError("full"), pause, kNow),
        std::nullopt);
  }
}

TEST(PushbackTest, ReadsMillisecondsAndTakesAnythingElseForNever) {
  EXPECT_EQ(ParsePushback("1500"), absl::Milliseconds(1500));
  EXPECT_EQ(ParsePushback("0"), absl::ZeroDuration());
  for (const char* never : {"-1", "", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_LT(ParsePushback(never), absl::ZeroDuration()) << never;
  }
}

}  // namespace
}  // namespace hypergan::client
