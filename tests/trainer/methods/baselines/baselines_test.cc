// The baselines as checkpoints and under training.
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/methods/baselines/line_target.h"
#include "trainer/loop/learner.h"
#include "trainer/methods/baselines/deep_ensemble.h"
#include "trainer/methods/baselines/mc_dropout.h"
#include "trainer/methods/baselines/mean_field.h"
#include "trainer/methods/method.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

constexpr Method kBaselines[] = {
    Method::kDeepEnsemble, Method::kMcDropout, Method::kMeanField, Method::kMnf,
    Method::kSgld,         Method::kApd,       Method::kHmc};

TargetNetwork Target() {
  return hypergan::testing::TinyArchitecture("mnist").target;
}

std::vector<at::Tensor> Generate(const torch::jit::Module& module,
                                 const at::Tensor& noise) {
  return module.get_method("generate")({noise}).toTensorVector();
}

class BaselineTest : public ::testing::TestWithParam<Method> {
 protected:
  // So many rows that a prior has nothing to say about these few. Of HMC fewer,
  // for its first steps are short enough for those alone.
  std::unique_ptr<Posterior> New() const {
    TrainingOptions options;
    options.method = GetParam();
    options.networks = 4;
    options.weight_decay = 1e-4;
    options.learning_rate = 0.2;  // of SGLD, which has one rate for all steps
    const int64_t rows = GetParam() == Method::kHmc ? 10'000 : 1'000'000;
    if (GetParam() == Method::kHmc) {
      options.batch_size = rows;
      options.leapfrogs = 5;
    }
    return NewPosterior(options, hypergan::testing::TinyArchitecture("mnist"),
                        rows, c10::Device(c10::kCPU))
        .value();
  }
};

TEST_P(BaselineTest, KeepsTheContractOfACheckpoint) {
  const std::unique_ptr<Posterior> posterior = New();
  Manifest manifest;
  manifest.noise_size = posterior->noise_size();
  manifest.input_shape = {1, 28, 28};
  manifest.num_outputs = 10;
  torch::jit::Module module = posterior->module();
  EXPECT_EQ(CheckContract(module, manifest, c10::Device(c10::kCPU)),
            absl::OkStatus());
}

TEST_P(BaselineTest, LearnsABatchByHeart) {
  Learner learner(New(), c10::Device(c10::kCPU));
  torch::manual_seed(3);
  const StepRows rows = {torch::rand({6, 1, 28, 28}),
                         torch::tensor({0, 1, 2, 3, 4, 5}, torch::kLong),
                         {}};
  ObjectiveOptions objective;
  objective.networks = 4;
  Workers workers(2);
  double first = 0, last = 0;
  for (int64_t step = 0; step < 200; ++step) {
    const auto report =
        learner.Step(step, rows, objective, {.hidden = 1e-2}, workers);
    ASSERT_TRUE(report.ok()) << report.status();
    last = report->loss;
    if (step == 0) first = last;
  }
  EXPECT_LT(last, first / 3);
}

TEST_P(BaselineTest, GoesOnExactlyWhereItWasSaved) {
  const StepRows rows = {torch::rand({6, 1, 28, 28}),
                         torch::tensor({0, 1, 2, 3, 4, 5}, torch::kLong),
                         {}};
  ObjectiveOptions objective;
  objective.networks = 4;
  Workers workers(2);
  const auto run = [&](Learner& learner, int64_t from, int64_t to) {
    for (int64_t step = from; step < to; ++step) {
      ASSERT_TRUE(
          learner.Step(step, rows, objective, {.hidden = 1e-3}, workers).ok());
    }
  };
  Learner whole(New(), c10::Device(c10::kCPU));
  run(whole, 0, 4);
  Learner first(New(), c10::Device(c10::kCPU));
  run(first, 0, 2);
  std::vector<at::Tensor> saved;
  for (const at::Tensor& tensor : first.Tensors()) {
    saved.push_back(tensor.clone());
  }
  Learner second(New(), c10::Device(c10::kCPU));
  second.Restore(saved, 2);
  run(second, 2, 4);
  const auto expected = whole.Tensors(), got = second.Tensors();
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(torch::equal(expected[i], got[i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BaselineTest, ::testing::ValuesIn(kBaselines), [](const auto& method) {
      std::string name(MethodName(method.param));
      name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
      return name;
    });

// The member whose share of the normal distribution a noise lies in.
int64_t MemberOf(float noise, int64_t members) {
  const double share =
      0.5 * std::erfc(-static_cast<double>(noise) / std::numbers::sqrt2);
  return std::min(static_cast<int64_t>(share * static_cast<double>(members)),
                  members - 1);
}

TEST(DeepEnsembleTest, NoisePicksTheMemberThatItSays) {
  const auto parts = DeepEnsemble(Target(), {.members = 5, .seed = 2}).value();
  const at::Tensor noise = DrawNoise(7, 0, 40, 1);
  const at::Tensor members = parts.module.attr("w0").toTensor();
  const at::Tensor weights = Generate(parts.module, noise)[0];
  std::set<int64_t> seen;
  for (int64_t n = 0; n < 40; ++n) {
    const int64_t member = MemberOf(noise[n][0].item<float>(), 5);
    seen.insert(member);
    EXPECT_TRUE(torch::equal(weights[n], members[member].permute({0, 3, 1, 2})))
        << n;
  }
  EXPECT_EQ(seen.size(), 5u);
}

TEST(DeepEnsembleTest, EveryMemberIsTrainedOnceAStep) {
  const auto parts = DeepEnsemble(Target(), {.members = 7}).value();
  const at::Tensor noise = parts.noise(0, 7);
  for (int64_t n = 0; n < 7; ++n) {
    EXPECT_EQ(MemberOf(noise[n][0].item<float>(), 7), n);
  }
}

TEST(DeepEnsembleTest, AnEnsembleOfThatManyHasEachMemberOnce) {
  const auto parts = DeepEnsemble(Target(), {.members = 13}).value();
  EXPECT_EQ(parts.members, 13);
  const at::Tensor noise = DrawNoise(1000, 0, 13, 1, parts.members);
  std::set<int64_t> seen;
  for (int64_t n = 0; n < 13; ++n) {
    seen.insert(MemberOf(noise[n][0].item<float>(), 13));
  }
  EXPECT_EQ(seen.size(), 13u);
}

TEST(DeepEnsembleTest, RefusesMoreMembersThanItsBound) {
  EXPECT_THAT(DeepEnsemble(Target(), {.members = 10'001}).status().message(),
              HasSubstr("expected 1..10000, got 10001"));
}

TEST(McDropoutTest, DropsWholeUnitsAtItsRateAndKeepsTheMean) {
  constexpr double kRate = 0.25;
  const auto parts = McDropout(Target(), {.rate = kRate}).value();
  const int64_t networks = 2000;
  const auto weights =
      Generate(parts.module, DrawNoise(1, 0, networks, parts.noise_size));
  // The last layer, linear: [N, outputs, inputs]; column j is unit j's.
  const at::Tensor& last = weights[weights.size() - 2];
  const at::Tensor dropped = (last == 0).all(1);  // [N, inputs]
  const at::Tensor touched = (last == 0).any(1);
  EXPECT_TRUE(torch::equal(dropped, touched));
  EXPECT_NEAR(dropped.to(at::kDouble).mean().item<double>(), kRate, 0.02);
  const std::string name = "w" + std::to_string(weights.size() / 2 - 1);
  const at::Tensor plain = parts.module.attr(name).toTensor()[0];
  EXPECT_TRUE(torch::allclose(last.mean(0), plain, 0.15, 0.02));
  // The first layer's inputs are the row's own: nothing is dropped there.
  EXPECT_EQ((weights[0] == 0).sum().item<int64_t>(), 0);
}

TEST(McDropoutTest, RefusesARateThatKeepsNothing) {
  EXPECT_THAT(McDropout(Target(), {.rate = 1}).status().message(),
              HasSubstr("below 1, got 1"));
}

TEST(MeanFieldTest, WeightsHaveTheMeanAndDeviationOfTheirParameters) {
  const auto parts = MeanField(Target(), {.training_rows = 10}).value();
  const auto weights =
      Generate(parts.module, DrawNoise(3, 0, 4000, parts.noise_size));
  const at::Tensor mean = parts.module.attr("w1").toTensor()[0];
  const at::Tensor deviation =
      torch::softplus(parts.module.attr("rho_w1").toTensor())[0];
  const at::Tensor drawn = weights[2].permute({0, 1, 3, 4, 2});
  EXPECT_TRUE(torch::allclose(drawn.mean(0), mean, 0,
                              5 * deviation.max().item<double>() / 63));
  EXPECT_TRUE(torch::allclose(drawn.std(0), deviation, 0.08, 0));
}

// KL of two normals in closed form, against the integral by a fine sum.
TEST(MeanFieldTest, RegularisesByTheDivergenceFromThePrior) {
  const auto parts =
      MeanField(LineTarget(), {.prior_deviation = 1.5, .training_rows = 10})
          .value();
  const double prior = 1.5;  // fan-in 1, no activation: deviation 1
  double expected = 0;
  for (const char* name : {"w0", "b0"}) {
    const double mean = parts.module.attr(name).toTensor().item<double>();
    const double deviation =
        std::log1p(std::exp(parts.module.attr(std::string("rho_") + name)
                                .toTensor()
                                .item<double>()));
    const double step = deviation / 200;
    for (double x = mean - 8 * deviation; x < mean + 8 * deviation; x += step) {
      const double log_q =
          -0.5 * std::pow((x - mean) / deviation, 2) - std::log(deviation);
      const double log_p = -0.5 * std::pow(x / prior, 2) - std::log(prior);
      expected +=
          std::exp(log_q) / std::sqrt(2 * M_PI) * (log_q - log_p) * step;
    }
  }
  EXPECT_NEAR(parts.regulariser(parts.module, {}).item<double>(), expected / 10,
              1e-3);
}

TEST(MeanFieldTest, DivergenceComesInOverTheWarmUp) {
  DirectPosterior posterior(
      MeanField(Target(), {.warm_up_steps = 9, .training_rows = 10}).value(),
      c10::Device(c10::kCPU));
  const auto regulariser = [&](int64_t step) {
    StepReport report;
    posterior.Draw(step, 1, &report);
    return report.regulariser;
  };
  const double whole = regulariser(9);
  EXPECT_GT(whole, 0);
  EXPECT_NEAR(regulariser(0) / whole, 0.1, 1e-6);
  EXPECT_NEAR(regulariser(4) / whole, 0.5, 1e-6);
  EXPECT_EQ(regulariser(1'000), whole);
}

TEST(MeanFieldTest, RefusesANetworkThatNeedsMoreNoiseThanACheckpointHas) {
  const auto parts = MeanField(FindTargetNetwork("cifar").value(), {});
  EXPECT_THAT(parts.status().message(),
              HasSubstr("at most 65536 parameters, one noise number each, got "
                        "90506"));
}

}  // namespace
}  // namespace hypergan::trainer
