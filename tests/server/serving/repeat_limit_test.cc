#include "server/serving/repeat_limit.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

const absl::Time kStart = absl::UnixEpoch();

TEST(RepeatLimitTest, LetsTheFirstOfEachSecondPassAndCountsTheOthers) {
  RepeatLimit limit;
  for (int i = 0; i < RepeatLimit::kMost; ++i) {
    EXPECT_EQ(limit.Pass("a", kStart), 0);
  }
  for (int i = 0; i < 90; ++i) {
    EXPECT_EQ(limit.Pass("a", kStart + absl::Milliseconds(i)), std::nullopt);
  }
  EXPECT_EQ(limit.Pass("a", kStart + absl::Seconds(1)), 90);
  EXPECT_EQ(limit.Pass("a", kStart + absl::Seconds(1)), 0);
}

TEST(RepeatLimitTest, KindsCountApart) {
  RepeatLimit limit;
  for (int i = 0; i < 20; ++i) limit.Pass("a", kStart);
  EXPECT_EQ(limit.Pass("b", kStart), 0);
  EXPECT_EQ(limit.Pass("a", kStart), std::nullopt);
}

TEST(RepeatLimitTest, KindsBeyondTheBoundCountAsOne) {
  RepeatLimit limit;
  for (size_t i = 0; i < RepeatLimit::kMaxKinds; ++i) {
    EXPECT_EQ(limit.Pass(std::to_string(i), kStart), 0);
  }
  for (int i = 0; i < RepeatLimit::kMost; ++i) {
    EXPECT_EQ(limit.Pass("new " + std::to_string(i), kStart), 0);
  }
  EXPECT_EQ(limit.Pass("newest", kStart), std::nullopt);
}

}  // namespace
}  // namespace hypergan::server
