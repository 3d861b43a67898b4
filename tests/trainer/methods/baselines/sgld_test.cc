#include "trainer/methods/baselines/sgld.h"

#include <torch/script.h>

#include <cmath>
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/runtime/workers.h"
#include "tests/trainer/methods/baselines/line_target.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Sgld> New(const SgldOptions& options) {
  return Sgld::New(LineTarget(), options, c10::Device(c10::kCPU)).value();
}

// Moves by the loss's gradient, a mean over the chains of their own.
void Step(Sgld& chains, int64_t step,
          const std::function<at::Tensor(const at::Tensor& weight,
                                         const at::Tensor& bias)>& loss) {
  StepReport report;
  Workers workers(1);
  const Posterior::Sample sample = chains.Draw(step, 0, &report);
  loss(sample.weights[0].flatten(), sample.weights[1].flatten())
      .mean()
      .backward();
  ASSERT_TRUE(chains.Update({}, workers).ok());
}

at::Tensor Kept(const Sgld& chains, const char* name) {
  return chains.module().attr(name).toTensor().flatten();
}

// Of a normal posterior, mean loss (w - 2)^2 / (2 * 0.5^2 * rows) and no prior,
// the samples have mean and deviation.
TEST(SgldTest, SamplesANormalPosterior) {
  constexpr int64_t kRows = 100;
  constexpr int64_t kSteps = 400;
  const auto chains = New({.chains = 200,
                           .samples = 4'000,
                           .learning_rate = 2,
                           .weight_decay = 0,
                           .training_rows = kRows,
                           .steps = kSteps,
                           .seed = 1,
                           .noise_seed = 2});
  for (int64_t step = 0; step < kSteps; ++step) {
    Step(*chains, step, [](const at::Tensor& weight, const at::Tensor& bias) {
      return ((weight - 2).square() + bias.square()) / (2 * 0.25 * kRows);
    });
  }
  const at::Tensor samples = Kept(*chains, "w0");
  ASSERT_EQ(samples.numel(), 4'000);
  // A chain forgets in 25 steps, by a factor of e: the 200 steps of each chain
  // are worth four samples at least, 800 in all.
  EXPECT_NEAR(samples.mean().item<double>(), 2, 4 * 0.5 / std::sqrt(800));
  EXPECT_NEAR(samples.std().item<double>(), 0.5, 4 * 0.5 / std::sqrt(1'600));
}

TEST(SgldTest, APriorPullsAsMuchAsItsPrecisionSays) {
  // Without noise, that is with many rows, a step of rate 1 halves a weight.
  const auto chains = New({.chains = 1,
                           .samples = 1,
                           .learning_rate = 1,
                           .weight_decay = 1,
                           .training_rows = int64_t{1} << 60,
                           .steps = 2});
  const double before = Kept(*chains, "w0").item<double>();
  Step(*chains, 0, [](const at::Tensor& weight, const at::Tensor& bias) {
    return 0 * (weight + bias);
  });
  EXPECT_NEAR(Kept(*chains, "w0").item<double>(), before / 2, 1e-6);
}

TEST(SgldTest, KeepsEvenlySpacedSamplesOfTheSecondHalf) {
  const auto chains = New({.chains = 2,
                           .samples = 10,
                           .learning_rate = 0.1,
                           .training_rows = 1,
                           .steps = 100});
  std::vector<at::Tensor> seen;
  for (int64_t step = 0; step < 100; ++step) {
    Step(*chains, step, [](const at::Tensor& weight, const at::Tensor& bias) {
      return weight.square() + bias.square();
    });
    StepReport report;
    seen.push_back(
        chains->Draw(step, 0, &report).weights[0].flatten().clone().detach());
  }
  // After steps 60, 70, ... 100, wherever each stands.
  at::Tensor expected =
      torch::cat({seen[59], seen[69], seen[79], seen[89], seen[99]});
  EXPECT_TRUE(torch::equal(std::get<0>(Kept(*chains, "w0").sort()),
                           std::get<0>(expected.sort())));
}

TEST(SgldTest, HoldsNoWeightsOfTheStartOnceItHasMoved) {
  const auto chains = New({.chains = 2, .samples = 10, .steps = 100});
  const at::Tensor start = Kept(*chains, "w0").clone();
  EXPECT_TRUE(torch::equal(start, start.slice(0, 0, 2).repeat({5})));
  for (int64_t step = 0; step < 20; ++step) {
    Step(*chains, step, [](const at::Tensor& weight, const at::Tensor& bias) {
      return weight.square() + bias.square();
    });
  }
  const at::Tensor kept = Kept(*chains, "w0");
  // The first place still holds the first sample; the others the two since.
  for (int64_t place = 4; place < 10; ++place) {
    EXPECT_NE(kept[place].item<float>(), start[place].item<float>());
  }
}

TEST(SgldTest, RefusesMoreSamplesThanItsBound) {
  EXPECT_THAT(
      Sgld::New(LineTarget(), {.samples = 10'001}, c10::Device(c10::kCPU))
          .status()
          .message(),
      HasSubstr("samples of Markov chains: expected 1..10000, got 10001"));
}

}  // namespace
}  // namespace hypergan::trainer
