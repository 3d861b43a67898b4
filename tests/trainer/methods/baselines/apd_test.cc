#include "trainer/methods/baselines/apd.h"

#include <torch/script.h>

#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/workers.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/methods/baselines/line_target.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Apd> New(const TargetNetwork& target,
                         const ApdOptions& options) {
  return Apd::New(target, options, c10::Device(c10::kCPU)).value();
}

// Of a normal posterior around weight 2 and bias -1.
void Step(Apd& posterior, int64_t step) {
  StepReport report;
  Workers workers(1);
  const Posterior::Sample sample = posterior.Draw(step, 4, &report);
  const at::Tensor loss = (sample.weights[0].flatten() - 2).square() +
                          (sample.weights[1].flatten() + 1).square();
  loss.mean().backward();
  ASSERT_TRUE(posterior.Update({}, workers).ok());
}

std::vector<at::Tensor> Generate(const Apd& posterior, int64_t networks) {
  return posterior.module()
      .get_method("generate")({DrawNoise(3, 0, networks, 32)})
      .toTensorVector();
}

// Adversarial training circles around what it seeks: of several generators in
// turn, the mean. The first one stands three deviations away.
TEST(ApdTest, GeneratesWeightsAsTheChainsLeftThem) {
  constexpr int64_t kTaught = 200;
  const auto posterior = New(LineTarget(), {.teacher = {.chains = 50,
                                                        .samples = 500,
                                                        .learning_rate = 0.1,
                                                        .weight_decay = 0,
                                                        .training_rows = 4,
                                                        .steps = kTaught,
                                                        .seed = 1,
                                                        .noise_seed = 2},
                                            .rounds = 10,
                                            .rate = 1e-3,
                                            .seed = 3,
                                            .noise_seed = 4});
  for (int64_t step = 0; step <= kTaught; ++step) Step(*posterior, step);
  {
    torch::NoGradGuard no_grad;
    posterior->module().attr("layer3_w").toTensor().mul_(0.05);
    posterior->module().attr("layer3_b").toTensor().fill_(3);
  }
  std::vector<at::Tensor> drawn;  // by the last generators
  for (int64_t step = kTaught + 1; step < kTaught + 50; ++step) {
    Step(*posterior, step);
    if (step < kTaught + 25) continue;
    const std::vector<at::Tensor> weights = Generate(*posterior, 200);
    drawn.push_back(torch::stack({weights[0].flatten(), weights[1].flatten()}));
  }
  // The chains' own: means 2 and -1, deviation sqrt(1 / (2 * 4)) = 0.35.
  const at::Tensor mean = torch::cat(drawn, 1).mean(1);
  EXPECT_NEAR(mean[0].item<double>(), 2, 0.35);
  EXPECT_NEAR(mean[1].item<double>(), -1, 0.35);
  const at::Tensor deviation = torch::stack(drawn).std(2).mean(0);
  EXPECT_NEAR(deviation[0].item<double>(), 0.35, 0.2);
  EXPECT_NEAR(deviation[1].item<double>(), 0.35, 0.2);
}

TEST(ApdTest, HasTheShapesOfItsTarget) {
  const TargetNetwork target =
      hypergan::testing::TinyArchitecture("mnist").target;
  const auto posterior = New(target, {.teacher = {.steps = 1}});
  const std::vector<at::Tensor> weights = Generate(*posterior, 3);
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  ASSERT_EQ(weights.size(), 2 * slots.size());
  for (const ParameterSlot& slot : slots) {
    std::vector<int64_t> shape = {3};
    shape.insert(shape.end(), slot.weight.begin(), slot.weight.end());
    EXPECT_EQ(weights[slot.WeightTensor()].sizes().vec(), shape);
    EXPECT_EQ(weights[slot.BiasTensor()].sizes().vec(),
              (std::vector<int64_t>{3, slot.outputs}));
  }
}

// Standardised weights of 0 are the samples' mean, in every place.
TEST(ApdTest, PutsEachWeightWhereTheChainsHaveIt) {
  const TargetNetwork target =
      hypergan::testing::TinyArchitecture("mnist").target;
  const auto posterior =
      New(target,
          {.teacher = {.chains = 1, .samples = 1, .steps = 1}, .rounds = 1});
  StepReport report;
  Workers workers(1);
  Posterior::Sample chain = posterior->Draw(0, 1, &report);
  at::Tensor sum = torch::zeros({});
  for (const at::Tensor& tensor : chain.weights) sum = sum + 0 * tensor.sum();
  sum.backward();
  ASSERT_TRUE(posterior->Update({}, workers).ok());  // the chain's last step
  ASSERT_TRUE(posterior->Update({}, workers).ok());  // the generator's first
  {
    torch::NoGradGuard no_grad;
    for (const char* name : {"layer3_w", "layer3_b"}) {
      posterior->module().attr(name).toTensor().zero_();
    }
  }
  const std::vector<at::Tensor> generated = Generate(*posterior, 1);
  for (size_t i = 0; i < generated.size(); ++i) {
    EXPECT_TRUE(torch::allclose(generated[i], chain.weights[i].detach())) << i;
  }
}

TEST(ApdTest, GoesOnExactlyFromEitherPhase) {
  const ApdOptions options = {
      .teacher = {.chains = 2, .samples = 4, .learning_rate = 0.1, .steps = 3},
      .rounds = 2};
  for (const int64_t saved : {2, 3, 5}) {
    const auto whole = New(LineTarget(), options);
    for (int64_t step = 0; step < 7; ++step) Step(*whole, step);
    const auto first = New(LineTarget(), options);
    for (int64_t step = 0; step < saved; ++step) Step(*first, step);
    std::vector<at::Tensor> tensors;
    for (const at::Tensor& tensor : first->Tensors()) {
      tensors.push_back(tensor.clone());
    }
    const auto second = New(LineTarget(), options);
    second->Restore(tensors, saved);
    for (int64_t step = saved; step < 7; ++step) Step(*second, step);
    const auto expected = whole->Tensors(), got = second->Tensors();
    ASSERT_EQ(expected.size(), got.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(torch::equal(expected[i], got[i])) << saved << " " << i;
    }
  }
}

TEST(ApdTest, RefusesMoreRoundsThanItsBound) {
  ApdOptions options;
  options.rounds = 1'001;
  EXPECT_THAT(Apd::New(LineTarget(), options, c10::Device(c10::kCPU))
                  .status()
                  .message(),
              HasSubstr("rounds: expected 1..1000, got 1001"));
}

}  // namespace
}  // namespace hypergan::trainer
