#include "hypergan/ensemble/moments.h"

#include <ATen/ATen.h>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

// [20, 3, 4] numbers of which a naive sum of squares would lose the variance.
at::Tensor Outputs() {
  at::manual_seed(1);
  return at::randn({20, 3, 4}, at::kDouble) + 1e6;
}

void ExpectMomentsOf(const at::Tensor& outputs, const Moments& moments) {
  EXPECT_EQ(moments.count(), outputs.size(0));
  EXPECT_TRUE(at::allclose(moments.mean(), outputs.mean(0), 1e-13));
  EXPECT_TRUE(at::allclose(moments.Variance(), outputs.var(0), 1e-9));
}

TEST(MomentsTest, AnyPiecesGiveTheMomentsOfTheWhole) {
  const at::Tensor outputs = Outputs();
  for (int64_t piece : {1, 3, 7, 20}) {
    Moments moments;
    for (const at::Tensor& part : outputs.split(piece)) moments.Add(part);
    ExpectMomentsOf(outputs, moments);
  }
}

TEST(MomentsTest, AnyOrderGivesTheSame) {
  const at::Tensor outputs = Outputs();
  Moments moments;
  for (const at::Tensor& part : outputs.flip(0).split(6)) moments.Add(part);
  ExpectMomentsOf(outputs, moments);
}

TEST(MomentsTest, MergesWhatOthersSaw) {
  const at::Tensor outputs = Outputs();
  Moments left, right, nobody;
  left.Add(outputs.narrow(0, 0, 13));
  right.Add(outputs.narrow(0, 13, 7));
  right.Merge(nobody);
  right.Merge(left);
  ExpectMomentsOf(outputs, right);
}

TEST(MomentsTest, OneNetworkHasNoVariance) {
  Moments moments;
  moments.Add(Outputs().narrow(0, 0, 1));
  EXPECT_EQ(moments.Variance().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace hypergan
