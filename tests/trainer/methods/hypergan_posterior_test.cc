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
#include "trainer/optimizer/random_stream.h"

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

class ForkTest : public ::testing::TestWithParam<std::string> {
 protected:
  HyperGanPosterior New(int64_t fork_step, double scale = 0.1,
                        double spread = 1) const {
    Architecture architecture = hypergan::testing::TinyArchitecture(GetParam());
    architecture.sizes.starts = kStarts;
    return HyperGanPosterior(
        architecture, NewModule(architecture, 1, 0.9).value(), /*seed=*/1,
        {.beta = 1,
         .codes = 9,
         .fork_step = fork_step,
         .fork_scale = scale,
         .fork_spread = spread},
        c10::Device(c10::kCPU));
  }
  // Towards weights of zero.
  static void Step(HyperGanPosterior& posterior, int64_t step) {
    StepReport report;
    const Posterior::Sample sample = posterior.Draw(step, kNetworks, &report);
    at::Tensor loss = sample.regulariser;
    for (const at::Tensor& each : sample.weights) {
      loss = loss + each.square().mean();
    }
    loss.backward();
    posterior.Gradients();
    Workers workers(1);
    ASSERT_TRUE(
        posterior
            .Update({.hidden = 1e-2, .last = 1e-2, .discriminator = 1e-2},
                    workers)
            .ok());
  }
  // Networks of codes that the seed says, of start number `start`.
  static std::vector<at::Tensor> Networks(const HyperGanPosterior& posterior,
                                          int64_t start, int64_t count) {
    torch::NoGradGuard no_grad;
    at::Tensor noise = DrawNoise(3, 0, count, posterior.noise_size());
    noise.select(1, 0).fill_(start == 0 ? -9 : start == 1 ? 0 : 9);
    return posterior.module().get_method("generate")({noise}).toTensorVector();
  }
};

TEST_P(ForkTest, BeforeItAllNetworksAreOfOneStart) {
  HyperGanPosterior posterior = New(/*fork_step=*/3);
  for (int64_t step = 0; step < 2; ++step) Step(posterior, step);
  const at::Tensor starts = StartsOfLayer(posterior, 1);
  for (int64_t start = 1; start < kStarts; ++start) {
    EXPECT_TRUE(at::equal(starts[start], starts[0])) << start;
  }
}

TEST_P(ForkTest, MakesEachStartANetworkThatTheGeneratorsGave) {
  HyperGanPosterior posterior = New(/*fork_step=*/3, /*scale=*/0);
  for (int64_t step = 0; step < 3; ++step) Step(posterior, step);
  const at::Tensor starts = StartsOfLayer(posterior, 1).detach();
  EXPECT_GT((starts[1] - starts[0]).abs().max().item<double>(), 1e-3);
  EXPECT_GT((starts[2] - starts[1]).abs().max().item<double>(), 1e-3);
  // With nothing added a start's networks are the start, weight by weight: what
  // it was made of stands where generate() would put it.
  HyperGanPosterior before = New(/*fork_step=*/100);
  for (int64_t step = 0; step < 3; ++step) Step(before, step);
  torch::NoGradGuard no_grad;
  at::Tensor noise =
      StepNoise(StreamSeed(1, Stream::kTrainingNoise), 2, kStarts,
                before.noise_size(), c10::Device(c10::kCPU));
  noise.select(1, 0).fill_(-9);
  const std::vector<at::Tensor> parents =
      before.module().get_method("generate")({noise}).toTensorVector();
  for (int64_t start = 0; start < kStarts; ++start) {
    const std::vector<at::Tensor> children = Networks(posterior, start, 2);
    for (size_t i = 0; i < children.size(); ++i) {
      EXPECT_TRUE(at::allclose(children[i][1], parents[i][start], 1e-5, 1e-6))
          << start << " " << i;
    }
  }
}

TEST_P(ForkTest, PartsThemByAFactorFromTheirMean) {
  const auto starts = [this](double spread) {
    HyperGanPosterior posterior = New(/*fork_step=*/1, /*scale=*/0.1, spread);
    Step(posterior, 0);
    return StartsOfLayer(posterior, 1).detach();
  };
  const at::Tensor near = starts(1), apart = starts(5);
  EXPECT_TRUE(at::allclose(apart.mean(0), near.mean(0), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(apart - apart.mean(0), 5 * (near - near.mean(0)),
                           1e-4, 1e-5));
}

TEST_P(ForkTest, AfterItEachStartGoesAWayOfItsOwn) {
  HyperGanPosterior posterior = New(/*fork_step=*/1);
  Step(posterior, 0);
  const at::Tensor before = StartsOfLayer(posterior, 1).detach().clone();
  Step(posterior, 1);
  const at::Tensor moved = StartsOfLayer(posterior, 1).detach() - before;
  for (int64_t start = 0; start < kStarts; ++start) {
    EXPECT_GT(moved[start].abs().max().item<double>(), 0) << start;
  }
  EXPECT_FALSE(at::equal(moved[0], moved[1]));
}

TEST_P(ForkTest, GoesOnExactlyFromBeforeAndAfterIt) {
  for (const int64_t saved : {1, 2, 3}) {
    HyperGanPosterior whole = New(/*fork_step=*/2);
    for (int64_t step = 0; step < 5; ++step) Step(whole, step);
    HyperGanPosterior first = New(/*fork_step=*/2);
    for (int64_t step = 0; step < saved; ++step) Step(first, step);
    std::vector<at::Tensor> tensors;
    for (const at::Tensor& tensor : first.Tensors()) {
      tensors.push_back(tensor.clone());
    }
    HyperGanPosterior second = New(/*fork_step=*/2);
    second.Restore(tensors, saved);
    for (int64_t step = saved; step < 5; ++step) Step(second, step);
    const std::vector<at::Tensor> expected = whole.Tensors();
    const std::vector<at::Tensor> got = second.Tensors();
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(at::equal(expected[i], got[i])) << saved << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(HyperGanPosteriorTest, ForkTest,
                         ::testing::Values("regression", "cifar-small"));

}  // namespace
}  // namespace hypergan::trainer
