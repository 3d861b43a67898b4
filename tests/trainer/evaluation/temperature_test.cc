#include "trainer/evaluation/temperature.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

// Labels drawn from softmax(logits) of one network: T = 1 is right.
struct Drawn {
  at::Tensor logits, labels;
};
Drawn Draw() {
  torch::manual_seed(1);
  const at::Tensor logits = 2 * torch::randn({20'000, 4}, torch::kDouble);
  return {logits, logits.softmax(-1).multinomial(1).squeeze(-1)};
}

TEST(TemperatureTest, FindsWhatTheLogitsWereMultipliedBy) {
  const Drawn drawn = Draw();
  for (double factor : {0.5, 1.0, 3.0}) {
    const at::Tensor probabilities = (factor * drawn.logits).softmax(-1);
    EXPECT_NEAR(FitPoolTemperature(probabilities, drawn.labels) / factor, 1,
                0.03);
  }
}

TEST(TemperatureTest, OfAnEnsembleIsThatOfItsMean) {
  const Drawn drawn = Draw();
  // Networks that are right on average, and err apart: their mean is too
  // unsure.
  const at::Tensor mean =
      (drawn.logits + 2 * torch::randn({10, 20'000, 4}, torch::kDouble))
          .softmax(-1)
          .mean(0);
  const double temperature = FitPoolTemperature(mean, drawn.labels);
  EXPECT_LT(temperature, 0.95);
  const auto loss = [&](double t) {
    return torch::nll_loss((mean.log() / t).log_softmax(-1), drawn.labels)
        .item<double>();
  };
  EXPECT_LT(loss(temperature), loss(temperature * 1.02));
  EXPECT_LT(loss(temperature), loss(temperature / 1.02));
}

TEST(TemperatureTest, IsBoundedWhereSurenessCostsNothing) {
  const at::Tensor mean = torch::tensor({{0.6, 0.4}}).expand({10'000, 2});
  const at::Tensor zeros = torch::zeros({10'000}, torch::kInt64);
  EXPECT_NEAR(FitPoolTemperature(mean, zeros), 1.0 / 8, 1e-3);
  EXPECT_NEAR(FitPoolTemperature(mean, 1 - zeros), 8, 1e-2);
}

TEST(TemperatureTest, FewRowsWithoutAnErrorDoNotMakeItSure) {
  const at::Tensor mean = torch::tensor({{0.97, 0.03}}).expand({130, 2});
  const at::Tensor zeros = torch::zeros({130}, torch::kInt64);
  const double temperature = FitPoolTemperature(mean, zeros);
  EXPECT_GT(temperature, 0.6);
  EXPECT_LT(temperature, 0.95);
}

TEST(TemperatureTest, IsLikeliestUnderItsPrior) {
  const Drawn drawn = Draw();
  const at::Tensor mean = (3 * drawn.logits.slice(0, 0, 50)).softmax(-1);
  const at::Tensor labels = drawn.labels.slice(0, 0, 50);
  const auto cost = [&](double log_temperature) {
    return torch::nll_loss(
               (mean.log() / std::exp(log_temperature)).log_softmax(-1), labels,
               {}, at::Reduction::Sum)
               .item<double>() +
           std::pow(log_temperature / kLogTemperatureDeviation, 2) / 2;
  };
  double best = 0;
  for (double candidate = -2; candidate < 2; candidate += 1e-3) {
    if (cost(candidate) < cost(best)) best = candidate;
  }
  EXPECT_GT(best, 0.1);
  EXPECT_NEAR(std::log(FitPoolTemperature(mean, labels)), best, 2e-3);
}

TEST(TemperatureTest, UntemperedIsWhatTheLogitsSaid) {
  const at::Tensor logits = torch::tensor({{1.0, -2.0, 0.5}}, torch::kDouble);
  for (const double temperature : {0.5, 1.0, 3.0}) {
    EXPECT_TRUE(at::allclose(
        Untempered((logits / temperature).softmax(-1), temperature),
        logits.softmax(-1)));
  }
}

TEST(TemperatureTest, OfLogitsStandsInTheProvenance) {
  Manifest manifest;
  EXPECT_EQ(LogitTemperatureOf(manifest), 1);
  manifest.provenance["temperature"] = "0.75";
  EXPECT_EQ(LogitTemperatureOf(manifest), 0.75);
  for (const char* other : {"hot", "", "-1", "nan", "0"}) {
    manifest.provenance["temperature"] = other;
    EXPECT_EQ(LogitTemperatureOf(manifest), 1) << other;
  }
}

TEST(TemperatureTest, TakesProbabilitiesThatRoundedToZero) {
  const at::Tensor mean = torch::tensor({{1.0F, 0.0F}, {1.0F, 0.0F}});
  EXPECT_TRUE(std::isfinite(FitPoolTemperature(mean, torch::tensor({0, 1}))));
}

}  // namespace
}  // namespace hypergan::trainer
