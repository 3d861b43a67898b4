#include "server/serving/models/version_policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<int64_t> Chosen(const std::string& policy) {
  return ParseVersionPolicy(policy).value().Choose({1, 2, 5, 9});
}

TEST(VersionPolicyTest, ChoosesWhatItSays) {
  EXPECT_THAT(Chosen("all"), ElementsAre(1, 2, 5, 9));
  EXPECT_THAT(Chosen("greatest"), ElementsAre(9));
  EXPECT_THAT(Chosen("last:2"), ElementsAre(5, 9));
  EXPECT_THAT(Chosen("last:10"), ElementsAre(1, 2, 5, 9));
  EXPECT_THAT(Chosen("5,1,5,3"), ElementsAre(1, 5));
  EXPECT_THAT(Chosen("7"), IsEmpty());
  EXPECT_THAT(ParseVersionPolicy("last:2")->Choose({}), IsEmpty());
}

TEST(VersionPolicyTest, RefusesOtherTexts) {
  for (const char* text :
       {"", "latest", "last", "last:", "last:0", "last:-1", "last:10001", "1,",
        "0", "01", "+1", "1;2", "1 ,2", "99999999999999999999"}) {
    EXPECT_EQ(ParseVersionPolicy(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
  std::string many = "1";
  for (int i = 2; i <= 1000; ++i) many += "," + std::to_string(i);
  EXPECT_TRUE(ParseVersionPolicy(many).ok());
  EXPECT_FALSE(ParseVersionPolicy(many + ",1001").ok());
}

}  // namespace
}  // namespace hypergan::server
