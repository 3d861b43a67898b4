#include "hypergan/target/activation.h"

#include <ATen/ATen.h>
#include <torch/script.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

at::Tensor ByTable(const ActivationTraits& traits, const at::Tensor& x) {
  const at::Tensor below = traits.exponential ? at::expm1(x) : traits.slope * x;
  return at::where(x < 0, below, x);
}

// The script of a table's row is the function that its other fields describe.
TEST(ActivationTest, ItsScriptIsItsFunction) {
  const at::Tensor x = at::linspace(-3, 3, 61, at::kDouble);
  for (const ActivationTraits& traits : Activations()) {
    torch::jit::Module module("activation");
    module.define(
        absl::StrCat("def forward(self, h):\n    return ",
                     absl::Substitute(std::string(traits.script), "h"), "\n"));
    EXPECT_TRUE(
        at::allclose(module.forward({x}).toTensor(), ByTable(traits, x)))
        << traits.name;
  }
}

TEST(ActivationTest, IsFoundByItsValue) {
  EXPECT_EQ(TraitsOf(Activation::kNone).name, "none");
  EXPECT_EQ(TraitsOf(Activation::kElu).name, "elu");
  EXPECT_EQ(TraitsOf(Activation::kLeakyRelu).slope, 0.01);
}

}  // namespace
}  // namespace hypergan
