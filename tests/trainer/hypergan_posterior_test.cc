#include "trainer/hypergan_posterior.h"

#include <torch/script.h>

#include <cmath>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "hypergan/module.h"
#include "tests/hypergan/tiny_model.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kStarts = 3;
constexpr int64_t kNetworks = 6;

HyperGanPosterior StartsWithEntropy(double entropy) {
  Architecture architecture = hypergan::testing::TinyArchitecture("regression");
  architecture.sizes.starts = kStarts;
  return HyperGanPosterior(
      architecture, NewModule(architecture, 1, 0.9).value(), /*seed=*/1,
      {.beta = 0, .codes = 9, .entropy = entropy}, c10::Device(c10::kCPU));
}

at::Tensor StartsOfLayer(const HyperGanPosterior& posterior, int64_t layer) {
  return posterior.module()
      .attr("generator" + std::to_string(layer) + "_starts")
      .toTensor();
}

// Of a row of numbers, sampled.
double LogDeviation(const std::vector<double>& numbers) {
  double mean = 0, squares = 0;
  for (const double x : numbers) mean += x / kNetworks;
  for (const double x : numbers) squares += (x - mean) * (x - mean);
  return std::log(squares / (kNetworks - 1)) / 2;
}

TEST(HyperGanPosteriorTest, EntropyIsOfWhatGeneratorsAddToAStart) {
  HyperGanPosterior posterior = StartsWithEntropy(0.5);
  StepReport report;
  const Posterior::Sample sample = posterior.Draw(0, kNetworks, &report);
  double sum = 0;
  int64_t count = 0;
  for (int64_t layer = 0; layer < 2; ++layer) {
    const at::Tensor weights = sample.weights[2 * layer].detach().flatten(1);
    const at::Tensor biases = sample.weights[2 * layer + 1].detach();
    const at::Tensor all =
        at::cat({weights, biases.flatten(1)}, 1).to(torch::kDouble);
    const at::Tensor starts =
        StartsOfLayer(posterior, layer).detach().to(torch::kDouble);
    for (int64_t i = 0; i < all.size(1); ++i, ++count) {
      std::vector<double> added;
      for (int64_t n = 0; n < kNetworks; ++n) {
        added.push_back((all[n][i] - starts[n % kStarts][i]).item<double>());
      }
      sum += LogDeviation(added);
    }
  }
  // Weights near a start lose some digits to it.
  EXPECT_NEAR(sample.regulariser.item<double>(),
              -0.5 * sum / static_cast<double>(count), 1e-4);
}

TEST(HyperGanPosteriorTest, EntropyLeavesTheStartsWhereTheyAre) {
  HyperGanPosterior posterior = StartsWithEntropy(1);
  StepReport report;
  posterior.Draw(0, kNetworks, &report).regulariser.backward();
  const at::Tensor moved = StartsOfLayer(posterior, 0).grad();
  const at::Tensor generator =
      posterior.module().attr("generator0_out_weight").toTensor().grad();
  EXPECT_LT(moved.abs().max().item<double>(),
            1e-5 * generator.abs().max().item<double>());
}

TEST(HyperGanPosteriorTest, EntropyPushesNetworksOfAStartApart) {
  HyperGanPosterior posterior = StartsWithEntropy(1);
  Workers workers(1);
  std::vector<double> regularisers;
  for (int64_t step = 0; step < 30; ++step) {
    StepReport report;
    const Posterior::Sample sample = posterior.Draw(step, kNetworks, &report);
    sample.regulariser.backward();
    regularisers.push_back(sample.regulariser.item<double>());
    ASSERT_TRUE(
        posterior
            .Update({.hidden = 1e-3, .last = 1e-3, .discriminator = 0}, workers)
            .ok());
  }
  // By half an e-fold.
  EXPECT_LT(regularisers.back(), regularisers.front() - 0.5);
}

}  // namespace
}  // namespace hypergan::trainer
