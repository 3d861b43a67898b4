#include "trainer/methods/posterior.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"

namespace hypergan::trainer {
namespace {

// Of `noise` [N, size], in float64: the member that the checkpoint picks for
// each row, floor(members * Phi(first)).
at::Tensor MembersOf(const at::Tensor& noise, int64_t members) {
  const at::Tensor first = noise.select(1, 0).to(torch::kDouble);
  return (members * 0.5 * torch::erfc(-first / std::sqrt(2.0))).floor();
}

TEST(SpreadOverMembersTest, GivesEveryMemberItsTurnAndKeepsTheDistribution) {
  constexpr int64_t kMembers = 3;
  const at::Tensor noise = DrawNoise(2, 0, 6000, 4);
  const at::Tensor spread = SpreadOverMembers(noise, kMembers);
  EXPECT_TRUE(torch::equal(spread.narrow(1, 1, 3), noise.narrow(1, 1, 3)));
  EXPECT_TRUE(
      torch::equal(MembersOf(spread, kMembers),
                   torch::arange(6000, torch::kDouble).remainder(kMembers)));
  const at::Tensor first = spread.select(1, 0).to(torch::kDouble);
  EXPECT_NEAR(first.mean().item<double>(), 0, 0.03);
  EXPECT_NEAR(first.var().item<double>(), 1, 0.06);
  EXPECT_NEAR(first.pow(4).mean().item<double>(), 3, 0.6);
}

TEST(SpreadOverMembersTest, PicksEachOfAsManyMembersAsADeepEnsembleMayHave) {
  constexpr int64_t kMembers = 10'000;
  const at::Tensor noise =
      SpreadOverMembers(torch::zeros({kMembers, 1}), kMembers);
  EXPECT_TRUE(torch::equal(MembersOf(noise, kMembers),
                           torch::arange(kMembers, torch::kDouble)));
}

TEST(SpreadOverMembersTest, LeavesTheNoiseOfOneMemberAlone) {
  const at::Tensor noise = DrawNoise(2, 0, 5, 4);
  EXPECT_TRUE(torch::equal(SpreadOverMembers(noise, 1), noise));
}

}  // namespace
}  // namespace hypergan::trainer
