#include "server/serving/flagged/flagged_requests.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(FlaggedRequestsTest, KeepTheLastOfThemTheNewestFirst) {
  FlaggedRequests requests;
  const size_t noted = FlaggedRequests::kKept + 5;
  for (size_t i = 0; i < noted; ++i) requests.Note({.id = absl::StrCat(i)});
  const auto latest = requests.Latest();
  ASSERT_EQ(latest.size(), FlaggedRequests::kKept);
  EXPECT_EQ(latest.front().id, absl::StrCat(noted - 1));
  EXPECT_EQ(latest.back().id, "5");
}

}  // namespace
}  // namespace hypergan::server
