#include "trainer/methods/hypergan_posterior.h"

#include <torch/script.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/target/module.h"
#include "hypergan/target/torchscript_source.h"
#include "tests/support/tiny_model.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kStarts = 3;
constexpr int64_t kNetworks = 6;

HyperGanPosterior StartsWithEntropy(const std::string& target, double entropy) {
  Architecture architecture = hypergan::testing::TinyArchitecture(target);
  architecture.sizes.starts = kStarts;
  return HyperGanPosterior(
      architecture, NewModule(architecture, 1, 0.9).value(), /*seed=*/1,
      {.beta = 0, .codes = 9, .entropy = entropy}, c10::Device(c10::kCPU));
}

at::Tensor StartsOfLayer(const HyperGanPosterior& posterior, size_t layer) {
  return posterior.module().attr(StartsName(layer)).toTensor();
}

// The mean over numbers of the log of their deviation over networks, in
// float64.
double MeanLogDeviationOf(const std::vector<at::Tensor>& weights) {
  double sum = 0;
  int64_t count = 0;
  for (const at::Tensor& each : weights) {
    const at::Tensor numbers = each.detach().to(torch::kDouble).flatten(1);
    sum += numbers.std(0).log().sum().item<double>();
    count += numbers.size(1);
  }
  return sum / static_cast<double>(count);
}

// Linear layers, and convolutions, whose weights are not in memory as they are
// generated.
class EntropyTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EntropyTest, IsOfWhatGeneratorsAddToAStart) {
  HyperGanPosterior posterior = StartsWithEntropy(GetParam(), 0.5);
  StepReport report;
  const double regulariser =
      posterior.Draw(0, kNetworks, &report).regulariser.item<double>();
  // The same step again, from starts of zero.
  torch::NoGradGuard no_grad;
  for (size_t layer = 0; layer < 2; ++layer) {
    EXPECT_GT(StartsOfLayer(posterior, layer).abs().max().item<double>(), 0.1);
  }
  for (const auto& parameter : posterior.module().named_parameters()) {
    if (absl::EndsWith(parameter.name, "_starts")) parameter.value.zero_();
  }
  // Weights near a start lose some digits to it.
  EXPECT_NEAR(
      regulariser,
      -0.5 * MeanLogDeviationOf(posterior.Draw(0, kNetworks, &report).weights),
      1e-4);
}

TEST_P(EntropyTest, LeavesTheStartsWhereTheyAre) {
  HyperGanPosterior posterior = StartsWithEntropy(GetParam(), 1);
  StepReport report;
  posterior.Draw(0, kNetworks, &report).regulariser.backward();
  const at::Tensor moved = StartsOfLayer(posterior, 0).grad();
  const at::Tensor generator =
      posterior.module().attr("generator0_out_weight").toTensor().grad();
  EXPECT_LT(moved.abs().max().item<double>(),
            1e-5 * generator.abs().max().item<double>());
}

INSTANTIATE_TEST_SUITE_P(HyperGanPosteriorTest, EntropyTest,
                         ::testing::Values("regression", "cifar-small"));

// A start's networks have their start as their mean, as those of all others.
TEST(HyperGanPosteriorTest, WhatGeneratorsAddDoesNotKnowTheStart) {
  HyperGanPosterior posterior = StartsWithEntropy("regression", 0);
  torch::NoGradGuard no_grad;
  at::Tensor noise = DrawNoise(3, 0, 20, posterior.noise_size());
  const auto codes = [&] {
    return posterior.module().get_method("codes")({noise}).toTensor();
  };
  const at::Tensor before = codes();
  noise.select(1, 0).neg_();
  EXPECT_TRUE(at::equal(codes(), before));
}

TEST(HyperGanPosteriorTest, WeightDecayNeedsNoMixer) {
  Architecture architecture = hypergan::testing::TinyArchitecture("regression");
  architecture.sizes.mixer = false;
  architecture.sizes.code = 4;
  architecture.sizes.noise = 8;
  HyperGanPosterior posterior(
      architecture, NewModule(architecture, 1).value(), /*seed=*/1,
      {.beta = 0, .codes = 9, .weight_decay = 0.5}, c10::Device(c10::kCPU));
  StepReport report;
  const Posterior::Sample sample = posterior.Draw(0, kNetworks, &report);
  double squares = 0;
  for (const at::Tensor& each : sample.weights) {
    squares += each.detach().to(torch::kDouble).square().sum().item<double>();
  }
  EXPECT_NEAR(sample.regulariser.item<double>(), 0.5 / 2 / kNetworks * squares,
              1e-5 * squares);
}

TEST(HyperGanPosteriorTest, EntropyPushesNetworksOfAStartApart) {
  HyperGanPosterior posterior = StartsWithEntropy("regression", 1);
  Workers workers(1);
  std::vector<double> regularisers;
  for (int64_t step = 0; step < 30; ++step) {
    StepReport report;
    const Posterior::Sample sample = posterior.Draw(step, kNetworks, &report);
    sample.regulariser.backward();
    regularisers.push_back(sample.regulariser.item<double>());
    posterior.Gradients();
    ASSERT_TRUE(
        posterior
            .Update({.hidden = 1e-3, .last = 1e-3, .discriminator = 0}, workers)
            .ok());
  }
  // By half an e-fold.
  EXPECT_LT(regularisers.back(), regularisers.front() - 0.5);
}

// What is done to the gradients between the two is what the step does: whoever
// averages them over machines changes nothing else.
TEST(HyperGanPosteriorTest, UpdatesByWhatItsGradientsHaveBecome) {
  HyperGanPosterior posterior = StartsWithEntropy("regression", 1);
  Workers workers(1);
  StepReport report;
  posterior.Draw(0, kNetworks, &report).regulariser.backward();
  const std::vector<at::Tensor> gradients = posterior.Gradients();
  double norm = 0;
  for (at::Tensor gradient : gradients) {
    norm += gradient.square().sum().item<double>();
    gradient.zero_();
  }
  EXPECT_GT(norm, 0);
  std::vector<at::Tensor> before;
  for (const at::Tensor& tensor : posterior.Tensors()) {
    before.push_back(tensor.clone());
  }
  ASSERT_TRUE(posterior
                  .Update({.hidden = 1e-3, .last = 1e-3, .discriminator = 1e-3},
                          workers)
                  .ok());
  const std::vector<at::Tensor> after = posterior.Tensors();
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_TRUE(at::equal(after[i], before[i])) << i;
  }
}

}  // namespace
}  // namespace hypergan::trainer
