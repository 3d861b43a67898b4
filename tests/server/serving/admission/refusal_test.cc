#include "server/serving/admission/refusal.h"

#include <set>

#include "gtest/gtest.h"

namespace hypergan::server {
namespace {

TEST(RefusalTest, IsWhatWasSaid) {
  for (const Refusal refusal : kRefusals) {
    const absl::Status status =
        Refuse(refusal, absl::InvalidArgumentError("so"));
    EXPECT_EQ(RefusalOf(status), refusal);
    EXPECT_EQ(status.message(), "so");
  }
}

TEST(RefusalTest, IsByTheCodeWhereNothingWasSaid) {
  EXPECT_EQ(RefusalOf(absl::ResourceExhaustedError("")), Refusal::kLimit);
  EXPECT_EQ(RefusalOf(absl::InvalidArgumentError("")), Refusal::kArgument);
}

TEST(RefusalTest, IsNoFaultOfTheServer) {
  EXPECT_TRUE(IsRefusal(absl::FailedPreconditionError("")));
  EXPECT_FALSE(IsRefusal(absl::InternalError("")));
  EXPECT_FALSE(IsRefusal(absl::NotFoundError("")));
  EXPECT_FALSE(IsRefusal(absl::OkStatus()));
}

TEST(RefusalTest, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Refusal refusal : kRefusals) names.insert(RefusalName(refusal));
  EXPECT_EQ(names.size(), kRefusals.size());
}

}  // namespace
}  // namespace hypergan::server
