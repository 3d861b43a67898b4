#include "trainer/loop/learner.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/script.h>

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/target/module.h"
#include "tests/support/cuda.h"
#include "tests/support/tiny_model.h"
#include "trainer/methods/hypergan_posterior.h"
#include "trainer/objective/losses.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

using hypergan::testing::TinyArchitecture;

constexpr double kBeta = 0.7;
constexpr int64_t kCodes = 9;  // of which 5 become networks
constexpr int64_t kDiscriminatorWidth = 24;
constexpr double kWeightDecay = 1e-2;
constexpr HyperGanPosterior::Options kOptions = {
    .beta = kBeta,
    .codes = kCodes,
    .discriminator_width = kDiscriminatorWidth,
    .weight_decay = kWeightDecay};
constexpr LearningRates kRates = {
    .hidden = 1e-3, .last = 1e-3, .discriminator = 1e-3};

// With `batched`, in the form for a GPU.
std::unique_ptr<Learner> TinyLearner(c10::Device device = c10::kCPU,
                                     bool batched = false) {
  const Architecture architecture = TinyArchitecture("mnist");
  std::optional<NetworkBatch> batch;
  if (batched) {
    batch = NetworkBatch::Create(architecture.target, device, 1 << 30).value();
  }
  return std::make_unique<Learner>(
      std::make_unique<HyperGanPosterior>(architecture,
                                          NewModule(architecture, 1).value(),
                                          /*seed=*/1, kOptions, device),
      device, std::move(batch));
}

StepRows NewBatch() {
  torch::manual_seed(3);
  return {torch::rand({6, 1, 28, 28}),
          torch::tensor({0, 1, 2, 3, 4, 5}, torch::kLong),
          {}};
}

ObjectiveOptions Objective() {
  ObjectiveOptions objective;
  objective.networks = 5;
  return objective;
}

std::vector<at::Tensor> Copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) copies.push_back(tensor.clone());
  return copies;
}

// What moved by one step of Adam with tiny epsilon is the sign of the gradient.
TEST(LearnerTest, StepsAgainstTheGradientOfTheWholeObjective) {
  const StepRows batch = NewBatch();
  // The gradient through the whole graph at once, by autograd alone.
  const Architecture architecture = TinyArchitecture("mnist");
  torch::jit::Module module = NewModule(architecture, 1).value();
  module.train();
  const at::Tensor noise =
      DrawNoise(StreamSeed(1, Stream::kTrainingNoise), 0, kCodes, 8);
  const at::Tensor codes = module.get_method("codes")({noise}).toTensor();
  const auto weights =
      module.get_method("weights")({codes, noise.narrow(0, 0, 5)})
          .toTensorVector();
  const at::Tensor outputs =
      module.get_method("predict")({batch.inputs, weights}).toTensor();
  at::Tensor squares = torch::zeros({});
  for (const at::Tensor& tensor : weights) {
    squares = squares + tensor.square().sum();
  }
  const Discriminator discriminator(
      architecture.sizes.code, {kDiscriminatorWidth, kDiscriminatorWidth},
      StreamSeed(1, Stream::kDiscriminator), c10::Device(c10::kCPU));
  const at::Tensor loss =
      SupervisedLoss(Task::kClassification, outputs, batch.targets, 1) +
      kBeta * MixerLoss(discriminator.Logits(codes)) +
      kWeightDecay / 2 * squares / 5;
  const at::Tensor parameter = module.attr("mixer_out_weight").toTensor();
  const at::Tensor gradient = torch::autograd::grad({loss}, {parameter})[0];
  const at::Tensor before = parameter.detach().clone();

  std::unique_ptr<Learner> learner = TinyLearner();
  Workers workers(2);
  ASSERT_TRUE(learner->Step(0, batch, Objective(), kRates, workers).ok());
  const at::Tensor moved =
      learner->module().attr("mixer_out_weight").toTensor().detach() - before;
  // Adam's first step is rate * sign, wherever the gradient is not negligible.
  const at::Tensor clear = gradient.abs() > 1e-5;
  ASSERT_GT(clear.sum().item<int64_t>(), gradient.numel() / 2);
  EXPECT_TRUE(torch::allclose(moved.masked_select(clear),
                              -1e-3 * gradient.sign().masked_select(clear),
                              5e-2, 1e-6));
}

TEST(LearnerTest, ReportsWhatItSaw) {
  std::unique_ptr<Learner> learner = TinyLearner();
  Workers workers(2);
  const StepRows batch = NewBatch();
  const StepReport report =
      learner->Step(0, batch, Objective(), kRates, workers).value();
  EXPECT_GT(report.loss, 1);
  EXPECT_GT(report.mixer_loss, 0);
  EXPECT_GT(report.discriminator_loss, 0);
  EXPECT_GE(report.discriminator_accuracy, 0);
  EXPECT_LE(report.discriminator_accuracy, 1);
  EXPECT_GT(report.code_variance, 0.1);
}

TEST(LearnerTest, LearnsABatchByHeart) {
  std::unique_ptr<Learner> learner = TinyLearner();
  Workers workers(2);
  const StepRows batch = NewBatch();
  double first = 0;
  double last = 0;
  for (int64_t step = 0; step < 300; ++step) {
    last = learner
               ->Step(step, batch, Objective(),
                      {.hidden = 3e-3, .last = 3e-3, .discriminator = 1e-3},
                      workers)
               .value()
               .loss;
    if (step == 0) first = last;
  }
  EXPECT_LT(last, first / 5);
}

TEST(LearnerTest, WorkersDoNotChangeTheWeights) {
  ConfigureProcessForWorkers();
  const StepRows batch = NewBatch();
  std::vector<std::vector<at::Tensor>> results;
  for (int threads : {1, 3}) {
    std::unique_ptr<Learner> learner = TinyLearner();
    Workers workers(threads);
    for (int64_t step = 0; step < 3; ++step) {
      ASSERT_TRUE(
          learner->Step(step, batch, Objective(), kRates, workers).ok());
    }
    results.push_back(learner->Tensors());
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(torch::equal(results[0][i], results[1][i])) << i;
  }
}

// The difference between what two learners have become after three
// steps, on average: where a gradient is all but zero, rounding decides which
// way Adam goes.
double DifferenceAfterThreeSteps(Learner& a, Learner& b) {
  const StepRows batch = NewBatch();
  Workers workers(1);
  for (int64_t step = 0; step < 3; ++step) {
    for (Learner* learner : {&a, &b}) {
      EXPECT_TRUE(
          learner->Step(step, batch, Objective(), kRates, workers).ok());
    }
  }
  const at::Tensor weight = a.module().attr("mixer_out_weight").toTensor();
  return (weight.cpu() - b.module().attr("mixer_out_weight").toTensor().cpu())
      .abs()
      .mean()
      .item<double>();
}

TEST(LearnerTest, LearnsTheSameInBothFormsOfTheTargetNetworks) {
  const auto slices = TinyLearner();
  const auto batch = TinyLearner(c10::kCPU, /*batched=*/true);
  EXPECT_LT(DifferenceAfterThreeSteps(*slices, *batch), 1e-5);
}

TEST(LearnerTest, CudaLearnsAsTheCpuDoes) {
  if (!hypergan::testing::HasDriver()) {
    GTEST_SKIP() << "no NVIDIA driver here";
  }
  const auto on_cpu = TinyLearner();
  const auto on_cuda = TinyLearner(*OpenDevice("cuda"), /*batched=*/true);
  EXPECT_LT(DifferenceAfterThreeSteps(*on_cpu, *on_cuda), 1e-5);
}

TEST(LearnerTest, GoesOnExactlyWhereItWasSaved) {
  const StepRows batch = NewBatch();
  Workers workers(2);
  const auto step = [&](Learner& learner, int64_t number) {
    ASSERT_TRUE(learner.Step(number, batch, Objective(), kRates, workers).ok());
  };
  std::unique_ptr<Learner> whole = TinyLearner();
  std::unique_ptr<Learner> first = TinyLearner();
  for (int64_t i = 0; i < 6; ++i) step(*whole, i);
  for (int64_t i = 0; i < 3; ++i) step(*first, i);
  std::unique_ptr<Learner> second = TinyLearner();
  second->Restore(Copies(first->Tensors()), 3);
  for (int64_t i = 3; i < 6; ++i) step(*second, i);
  const auto expected = whole->Tensors();
  const auto got = second->Tensors();
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::equal(expected[i], got[i])) << i;
  }
}

TEST(LearnerTest, ChangesNothingWhenTheLossIsNotFinite) {
  std::unique_ptr<Learner> learner = TinyLearner();
  Workers workers(2);
  StepRows batch = NewBatch();
  // Running statistics are all that a step may touch before it knows its loss.
  const at::Tensor before =
      learner->module().attr("mixer_0_weight").toTensor().detach().clone();
  batch.inputs.fill_(std::numeric_limits<float>::quiet_NaN());
  const auto report = learner->Step(0, batch, Objective(), kRates, workers);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(torch::equal(
      before, learner->module().attr("mixer_0_weight").toTensor().detach()));
}

}  // namespace
}  // namespace hypergan::trainer
