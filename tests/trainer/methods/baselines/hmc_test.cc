#include "trainer/methods/baselines/hmc.h"

#include <torch/script.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/runtime/workers.h"
#include "hypergan/target/module.h"
#include "tests/trainer/methods/baselines/line_target.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

// Of each chain, from its weight and its bias [chains].
using Loss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

std::unique_ptr<Hmc> New(const HmcOptions& options) {
  return Hmc::New(LineTarget(), options, c10::Device(c10::kCPU)).value();
}

at::Tensor Weights(Hmc& chains) {
  StepReport report;
  return chains.Draw(0, 0, &report).weights[0].detach().flatten().clone();
}

void Step(Hmc& chains, int64_t step, const Loss& loss) {
  StepReport report;
  Workers workers(1);
  const Posterior::Sample sample = chains.Draw(step, 0, &report);
  const at::Tensor losses =
      loss(sample.weights[0].flatten(), sample.weights[1].flatten());
  losses.mean().backward();
  chains.SeeLosses(losses.detach().to(torch::kDouble));
  ASSERT_TRUE(chains.Update({}, workers).ok());
}

at::Tensor Kept(const Hmc& chains, const char* name) {
  return chains.module().attr(name).toTensor().flatten();
}

// A normal likelihood of deviation 0.5 around 2 for the weight and none for the
// bias, under the prior: the posterior is known.
TEST(HmcTest, SamplesTheExactPosterior) {
  constexpr int64_t kRows = 100;
  constexpr int64_t kSteps = 11 * 400;
  const auto chains = New({.chains = 50,
                           .samples = 5'000,
                           .leapfrogs = 10,
                           .prior_deviation = 0.7,
                           .training_rows = kRows,
                           .steps = kSteps,
                           .seed = 1,
                           .noise_seed = 2});
  for (int64_t step = 0; step < kSteps; ++step) {
    Step(*chains, step, [](const at::Tensor& weight, const at::Tensor& bias) {
      return (weight - 2).square() / (2 * 0.25 * kRows) + 0 * bias;
    });
  }
  const double prior = 0.7 * InitialDeviation(SlotsOf(LineTarget())[0]);
  const double precision = 1 / (prior * prior) + 1 / 0.25;
  const double deviation = 1 / std::sqrt(precision);
  const at::Tensor samples = Kept(*chains, "w0");
  ASSERT_EQ(samples.numel(), 5'000);
  // Fifty chains of a hundred samples that are two trajectories apart: worth a
  // thousand independent ones at least.
  EXPECT_NEAR(samples.mean().item<double>(), 2 / 0.25 / precision,
              4 * deviation / std::sqrt(1'000));
  EXPECT_NEAR(samples.std().item<double>(), deviation,
              4 * deviation / std::sqrt(2'000));
  const at::Tensor biases = Kept(*chains, "b0");
  EXPECT_NEAR(biases.mean().item<double>(), 0, 4 * 0.7 / std::sqrt(1'000));
  EXPECT_NEAR(biases.std().item<double>(), 0.7, 4 * 0.7 / std::sqrt(2'000));
}

TEST(HmcTest, FindsStepsOfWhichMostAreAccepted) {
  constexpr int64_t kSteps = 11 * 400;
  const auto chains =
      New({.chains = 20, .samples = 100, .leapfrogs = 10, .steps = kSteps});
  // Steep: the first step size is far too long.
  const Loss steep = [](const at::Tensor& weight, const at::Tensor& bias) {
    return 1e7 * (weight.square() + bias.square());
  };
  for (int64_t step = 0; step < kSteps; ++step) Step(*chains, step, steep);
  const at::Tensor acceptance = chains->Acceptance();
  EXPECT_NEAR(acceptance.mean().item<double>(), 0.8, 0.1) << acceptance;
  EXPECT_LT(chains->step_sizes().max().item<double>(), 1e-3);
}

TEST(HmcTest, AChainThatDivergesStaysWhereItBegan) {
  const auto chains = New({.chains = 3, .samples = 3, .steps = 51 * 10});
  const at::Tensor start = Weights(*chains);
  const double before = chains->step_sizes().max().item<double>();
  const Loss cliff = [](const at::Tensor& weight, const at::Tensor& bias) {
    return 1e20 * (weight.square() + bias.square());
  };
  for (int64_t step = 0; step < 51; ++step) Step(*chains, step, cliff);
  EXPECT_TRUE(at::allclose(Weights(*chains), start));
  EXPECT_TRUE(Weights(*chains).isfinite().all().item<bool>());
  // The next trajectory's steps are shorter.
  EXPECT_LT(chains->step_sizes().max().item<double>(), before);
}

TEST(HmcTest, HoldsSamplesOfTheSecondHalfAlone) {
  constexpr int64_t kLeapfrogs = 4;
  constexpr int64_t kSteps = (kLeapfrogs + 1) * 20;
  const auto chains = New({.chains = 2,
                           .samples = 10,
                           .leapfrogs = kLeapfrogs,
                           .training_rows = 1,
                           .steps = kSteps});
  std::vector<at::Tensor> seen;
  for (int64_t step = 0; step < kSteps; ++step) {
    Step(*chains, step, [](const at::Tensor& weight, const at::Tensor& bias) {
      return weight.square() + bias.square();
    });
    if ((step + 1) % (kLeapfrogs + 1) == 0) seen.push_back(Weights(*chains));
  }
  // Of the twenty trajectories the 11th, 13th, ... 19th.
  EXPECT_TRUE(at::equal(
      Kept(*chains, "w0"),
      torch::cat({seen[10], seen[12], seen[14], seen[16], seen[18]})));
}

TEST(HmcTest, NeedsTheLossOfEachChain) {
  const auto chains = New({.chains = 2, .samples = 2, .steps = 10});
  Workers workers(1);
  EXPECT_THAT(chains->Update({}, workers).message(),
              HasSubstr("expected the loss of each chain"));
}

TEST(HmcTest, RefusesWhatIsOutOfItsBounds) {
  const auto message = [](const HmcOptions& options) {
    return std::string(Hmc::New(LineTarget(), options, c10::Device(c10::kCPU))
                           .status()
                           .message());
  };
  EXPECT_THAT(message({.leapfrogs = 0}),
              HasSubstr("leapfrogs: expected 1..10000, got 0"));
  EXPECT_THAT(message({.chains = 10'001}),
              HasSubstr("number of Markov chains: expected 1..10000"));
}

}  // namespace
}  // namespace hypergan::trainer
