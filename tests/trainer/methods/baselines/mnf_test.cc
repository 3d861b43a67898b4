#include "trainer/methods/baselines/mnf.h"

#include <torch/script.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/methods/baselines/line_target.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

std::vector<at::Tensor> Generate(const torch::jit::Module& module,
                                 const at::Tensor& noise) {
  return module.get_method("generate")({noise}).toTensorVector();
}

at::Tensor Named(const torch::jit::Module& module, const std::string& name) {
  return module.attr(name).toTensor();
}

void Fill(const torch::jit::Module& module, const std::string& name,
          double value) {
  torch::NoGradGuard no_grad;
  Named(module, name).fill_(value);
}

double Value(const torch::jit::Module& module, const std::string& name) {
  return Named(module, name).item<double>();
}

// One step of a flow over one number, by the paper's Eq. 9, and log |dz'/dz|.
struct Moved {
  double z, change;
};
Moved FlowStep(const torch::jit::Module& module, const std::string& flow,
               int step, double z) {
  const std::string name = flow + std::to_string(step) + "_";
  const auto mask = Value(module, name + "mask0");
  const at::Tensor hidden =
      torch::tanh(Named(module, name + "hidden_w0").select(1, 0) * (mask * z) +
                  Named(module, name + "hidden_b0"))
          .to(at::kDouble);
  const auto out = [&](const std::string& kind) {
    return (Named(module, name + kind + "_w0")[0].to(at::kDouble) * hidden)
               .sum()
               .item<double>() +
           Value(module, name + kind + "_b0");
  };
  const double gate = 1 / (1 + std::exp(-out("gate")));
  return {mask * z + (1 - mask) * (z * gate + (1 - gate) * out("shift")),
          (1 - mask) * std::log(gate)};
}

double LogNormal(double x, double mean, double log_deviation) {
  return -0.5 * std::pow((x - mean) / std::exp(log_deviation), 2) -
         log_deviation - 0.5 * std::log(2 * std::numbers::pi);
}

TEST(MnfTest, WeightsAreFactorsTimesMeansPlusNoise) {
  const auto parts = Mnf(LineTarget(), {.seed = 3}).value();
  Fill(parts.module, "log_deviation_w0", -2);
  const at::Tensor noise = torch::tensor({{0.7, -1.1, 0.4}});  // w, b, z
  const auto weights = Generate(parts.module, noise);
  double z = 1 + std::exp(Value(parts.module, "z_log_deviation0")) * 0.4;
  for (int step = 0; step < 2; ++step) {
    z = FlowStep(parts.module, "q", step, z).z;
  }
  EXPECT_NEAR(weights[0].item<double>(),
              z * Value(parts.module, "w0") + std::exp(-2) * 0.7, 1e-6);
  EXPECT_NEAR(weights[1].item<double>(), std::exp(-9) * -1.1, 1e-6);
}

TEST(MnfTest, NoDeviationIsAboveOneHalf) {
  const auto parts = Mnf(LineTarget(), {.seed = 3}).value();
  Fill(parts.module, "log_deviation_b0", 5);
  EXPECT_NEAR(Generate(parts.module, torch::tensor({{0.0, 2.0, 0.0}}))[1]
                  .item<double>(),
              1, 1e-6);
}

// Everything of the loss for one weight and one factor, in float64 by hand.
TEST(MnfTest, RegularisesByTheDivergenceOfThePaper) {
  const auto parts =
      Mnf(LineTarget(), {.kl_weight = 0.5, .training_rows = 10, .seed = 4})
          .value();
  const torch::jit::Module& module = parts.module;
  Fill(module, "log_deviation_w0", -1.5);
  Fill(module, "b0", 0.3);
  Fill(module, "r_log_deviation0", 0.4);
  Posterior::Sample sample;
  sample.noise = torch::tensor({{0.7, -1.1, 0.4}, {-0.2, 0.5, -1.3}});
  sample.weights = Generate(module, sample.noise);
  double expected = 0;
  for (int n = 0; n < 2; ++n) {
    const double e = sample.noise[n][2].item<double>();
    const double log_deviation = Value(module, "z_log_deviation0");
    double z = Value(module, "z_mean0") + std::exp(log_deviation) * e;
    double log_q = LogNormal(e, 0, 0) - log_deviation;
    for (int step = 0; step < 2; ++step) {
      const Moved moved = FlowStep(module, "q", step, z);
      z = moved.z;
      log_q -= moved.change;
    }
    const double weight = sample.weights[0][n].item<double>();
    const double read = std::tanh(Value(module, "r_read0") * weight);
    double reversed = z, log_r = 0;
    for (int step = 0; step < 2; ++step) {
      const Moved moved = FlowStep(module, "r", step, reversed);
      reversed = moved.z;
      log_r += moved.change;
    }
    log_r += LogNormal(reversed, Value(module, "r_mean0") * read,
                       Value(module, "r_log_deviation0") * read);
    const auto divergence = [](double mean, double log_of) {
      return (mean * mean + std::exp(2 * log_of) - 1 - 2 * log_of) / 2;
    };
    expected += divergence(z * Value(module, "w0"), -1.5) +
                divergence(0.3, Value(module, "log_deviation_b0")) + log_q -
                log_r;
  }
  EXPECT_NEAR(parts.regulariser(module, sample).item<double>(),
              expected / 2 * 0.5 / 10, 1e-5);
}

// The flow's determinant, against the Jacobian by differences.
TEST(MnfTest, KnowsHowItsFlowStretchesSpace) {
  const auto parts = Mnf(LineTarget(5), {.seed = 5}).value();
  torch::jit::Module module = parts.module;
  {
    torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    for (const auto& parameter : module.named_parameters()) {
      parameter.value.normal_(0, 0.5);
    }
  }
  module.to(at::kDouble);
  const auto flow = [&](const at::Tensor& z) {
    return module.get_method("q_flow0")({z}).toTuple()->elements().vec();
  };
  const at::Tensor z = torch::randn({1, 5}, at::kDouble);
  at::Tensor jacobian = torch::zeros({5, 5}, at::kDouble);
  for (int64_t i = 0; i < 5; ++i) {
    at::Tensor step = torch::zeros({1, 5}, at::kDouble);
    step[0][i] = 1e-6;
    jacobian.select(1, i).copy_(
        ((flow(z + step)[0].toTensor() - flow(z - step)[0].toTensor()) / 2e-6)
            .squeeze(0));
  }
  EXPECT_NEAR(flow(z)[1].toTensor().item<double>(),
              jacobian.det().abs().log().item<double>(), 1e-7);
}

TEST(MnfTest, HasAFactorForEachFilterAndEachInputOfALinearLayer) {
  const TargetNetwork target =
      hypergan::testing::TinyArchitecture("mnist").target;
  const auto parts = Mnf(target, {}).value();
  int64_t factors = 0;
  for (const ParameterSlot& slot : SlotsOf(target)) {
    factors += slot.IsConvolution() ? slot.outputs : slot.weight[1];
  }
  EXPECT_EQ(parts.noise_size, NumParameters(target) + factors);
  const auto weights =
      Generate(parts.module, DrawNoise(3, 0, 400, parts.noise_size));
  // The weights of one filter move together, as their factor does.
  const at::Tensor filter = weights[0].select(1, 0).flatten(1);
  const at::Tensor factor =
      filter /
      parts.module.attr("w0").toTensor()[0][0].permute({2, 0, 1}).flatten();
  EXPECT_GT(factor.mean(1).std().item<double>(), 0.05);
}

TEST(MnfTest, RefusesANetworkThatNeedsMoreNoiseThanACheckpointHas) {
  EXPECT_THAT(Mnf(FindTargetNetwork("cifar").value(), {}).status().message(),
              HasSubstr("at most 65536 parameters and factors, one noise "
                        "number each, got 91050"));
}

}  // namespace
}  // namespace hypergan::trainer
