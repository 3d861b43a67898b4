#include "hypergan/ensemble/sampler.h"

#include <torch/script.h>

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/compute/kernel.h"
#include "hypergan/compute/packed_linear.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"

namespace hypergan {
namespace {

using testing::TinyCheckpoint;

const c10::Device kCpu(c10::kCPU);

double Difference(const WeightSets& a, const WeightSets& b) {
  double difference = 0;
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    difference = std::max(
        difference, (a.tensors[i] - b.tensors[i]).abs().max().item<double>() /
                        a.tensors[i].abs().max().item<double>());
  }
  return difference;
}

WeightSets ByTheMethod(const Checkpoint& checkpoint, int64_t count) {
  c10::InferenceMode inference;
  const at::Tensor noise =
      DrawNoise(4, 0, count, checkpoint.manifest.noise_size);
  return {checkpoint.module.get_method("generate")({noise}).toTensorVector()};
}

// A stranger's module: a submodule, a layer used twice, a branch, and a weight
// that `predict` reads too.
Checkpoint Foreign(const char* extra = "") {
  at::manual_seed(8);
  torch::jit::Module layer("Layer");
  layer.register_parameter("weight", at::randn({6, 6}), false);
  layer.register_parameter("bias", at::randn({6}), false);
  layer.define(
      "def forward(self, x):\n"
      "    return torch.linear(x, self.weight, self.bias)\n");
  torch::jit::Module module("Foreign");
  module.register_module("layer", layer);
  module.register_parameter("shared", at::randn({4, 6}), false);
  module.register_attribute("calls", c10::IntType::get(), 0);
  module.define(std::string("def generate(self, noise):\n") + extra +
                "    h = torch.relu(self.layer.forward(noise))\n"
                "    if noise.size(0) > 0:\n"
                "        h = self.layer.forward(h)\n"
                "    return [torch.linear(h, self.shared), h]\n"
                "def predict(self, inputs, weights: List[Tensor]):\n"
                "    return self.shared.sum() + weights[0].unsqueeze(1)\n"
                "def forward(self, inputs, noise):\n"
                "    return self.predict(inputs, self.generate(noise))\n");
  module.eval();
  Checkpoint checkpoint;
  checkpoint.module = module;
  checkpoint.manifest.noise_size = 6;
  return checkpoint;
}

TEST(SamplerTest, PackedGeneratorsGiveTheMethodsWeightSets) {
  for (const Checkpoint& checkpoint :
       {TinyCheckpoint("mnist"), TinyCheckpoint("regression"), Foreign()}) {
    const Sampler sampler = Sampler::Create(checkpoint, kCpu, {}).value();
    EXPECT_EQ(sampler.is_packed(), !Kernels().empty());
    const WeightSets expected = ByTheMethod(checkpoint, 40);
    const WeightSets sampled = sampler.Sample(4, 0, 40);
    ASSERT_EQ(sampled.tensors.size(), expected.tensors.size());
    EXPECT_LE(Difference(expected, sampled), 1e-5);
    EXPECT_LE(Difference(expected.Slice(7, 2), sampler.Sample(4, 7, 2)), 1e-5);
  }
}

// Zero times infinity is NaN, in whatever way it is computed.
TEST(SamplerTest, AnInfiniteWeightIsNotSkippedWhereItsInputIsZero) {
  if (Kernels().empty()) GTEST_SKIP() << "no kernel for this CPU";
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  torch::NoGradGuard no_grad;
  at::Tensor weight = checkpoint.module.attr("mixer_1_weight").toTensor();
  int packed = 0;
  for (int64_t input = 0; input < weight.size(1); ++input) {
    const auto before = weight[0][input].item<float>();
    // The ReLU behind it hides it from networks whose input is not zero.
    weight[0][input] = -std::numeric_limits<float>::infinity();
    const Sampler sampler = Sampler::Create(checkpoint, kCpu, {}).value();
    packed += sampler.is_packed() ? 1 : 0;
    const WeightSets expected = ByTheMethod(checkpoint, 40);
    EXPECT_TRUE(at::equal(expected.tensors[0].isnan(),
                          sampler.Sample(4, 0, 40).tensors[0].isnan()));
    EXPECT_TRUE(expected.tensors[0].isnan().any().item<bool>());
    weight[0][input] = before;
  }
  EXPECT_GT(packed, 0);
}

// As aten::linear takes it: one number for all outputs, at a stride of 0 too.
TEST(SamplerTest, ABiasThatIsStretchedIsNotPacked) {
  if (Kernels().empty()) GTEST_SKIP() << "no kernel for this CPU";
  for (const at::Tensor& bias : {at::ones({1}), at::ones({1}).expand({6}),
                                 at::ones({12}).slice(0, 0, 12, 2)}) {
    const Checkpoint checkpoint = Foreign();
    checkpoint.module.attr("layer").toModule().setattr("bias", bias);
    EXPECT_THAT(PackLinearLayers(checkpoint.module, "generate", *Kernels()[0],
                                 WeightPrecision::kFloat32)
                    .packed,
                ::testing::Not(::testing::Contains("layer.weight")));
    EXPECT_LE(
        Difference(ByTheMethod(checkpoint, 9),
                   Sampler::Create(checkpoint, kCpu, {})->Sample(4, 0, 9)),
        1e-5);
  }
}

TEST(SamplerTest, HalfPrecisionChangesWeightSetsLittle) {
  if (Kernels().empty()) GTEST_SKIP() << "no kernel for this CPU";
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  SamplerOptions options;
  options.precision = WeightPrecision::kBfloat16;
  const Sampler sampler = Sampler::Create(checkpoint, kCpu, options).value();
  const double difference =
      Difference(ByTheMethod(checkpoint, 10), sampler.Sample(4, 0, 10));
  EXPECT_GT(difference, 1e-5);
  EXPECT_LT(difference, 0.02);
}

TEST(SamplerTest, PackedWeightsAreReleasedFromAModuleOfItsOwn) {
  if (Kernels().empty()) GTEST_SKIP() << "no kernel for this CPU";
  Checkpoint checkpoint = Foreign();
  const WeightSets expected = ByTheMethod(checkpoint, 3);
  SamplerOptions options;
  options.owns_module = true;
  const Sampler sampler = Sampler::Create(checkpoint, kCpu, options).value();
  const torch::jit::Module layer = checkpoint.module.attr("layer").toModule();
  EXPECT_EQ(layer.attr("weight").toTensor().numel(), 0);
  EXPECT_EQ(layer.attr("bias").toTensor().numel(), 6);
  // `predict` still needs it.
  EXPECT_EQ(checkpoint.module.attr("shared").toTensor().numel(), 24);
  EXPECT_LE(Difference(expected, sampler.Sample(4, 0, 3)), 1e-5);
}

TEST(SamplerTest, AModuleThatIsNotItsOwnStaysAsItIs) {
  const Checkpoint checkpoint = TinyCheckpoint("mnist");
  const WeightSets before = ByTheMethod(checkpoint, 2);
  ASSERT_TRUE(Sampler::Create(checkpoint, kCpu, {}).ok());
  EXPECT_EQ(Difference(before, ByTheMethod(checkpoint, 2)), 0);
}

TEST(SamplerTest, AMethodThatAssignsToAttributesIsNotPacked) {
  const Checkpoint checkpoint = Foreign("    self.calls += 1\n");
  const Sampler sampler = Sampler::Create(checkpoint, kCpu, {}).value();
  EXPECT_FALSE(sampler.is_packed());
  EXPECT_LE(Difference(ByTheMethod(checkpoint, 3), sampler.Sample(4, 0, 3)),
            1e-6);
  SamplerOptions half;
  half.precision = WeightPrecision::kBfloat16;
  EXPECT_EQ(Sampler::Create(checkpoint, kCpu, half).status().code(),
            absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace hypergan
