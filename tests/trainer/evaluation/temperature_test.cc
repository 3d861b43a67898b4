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
    const at::Tensor probabilities =
        (factor * drawn.logits).softmax(-1).unsqueeze(0);
    EXPECT_NEAR(FitTemperature(probabilities, drawn.labels) / factor, 1, 0.03);
  }
}

TEST(TemperatureTest, OfAnEnsembleIsThatOfItsMean) {
  const Drawn drawn = Draw();
  // Networks that are right on average, and err apart: their mean is too
  // unsure.
  const at::Tensor probabilities =
      (drawn.logits + 2 * torch::randn({10, 20'000, 4}, torch::kDouble))
          .softmax(-1);
  const double temperature = FitTemperature(probabilities, drawn.labels);
  EXPECT_LT(temperature, 0.95);
  const auto loss = [&](double t) {
    const at::Tensor mean = (probabilities.log() / t).softmax(-1).mean(0);
    return torch::nll_loss(mean.log(), drawn.labels).item<double>();
  };
  EXPECT_LT(loss(temperature), loss(temperature * 1.02));
  EXPECT_LT(loss(temperature), loss(temperature / 1.02));
}

TEST(TemperatureTest, IsBoundedWhereSurenessCostsNothing) {
  const at::Tensor probabilities = torch::tensor({{{0.6, 0.4}}});
  EXPECT_NEAR(FitTemperature(probabilities, torch::tensor({0})), 1.0 / 8, 1e-3);
  EXPECT_NEAR(FitTemperature(probabilities, torch::tensor({1})), 8, 1e-2);
}

TEST(TemperatureTest, UntemperedIsWhatTheLogitsSaid) {
  const at::Tensor logits = torch::tensor({{1.0, -2.0, 0.5}}, torch::kDouble);
  for (const double temperature : {0.5, 1.0, 3.0}) {
    EXPECT_TRUE(at::allclose(
        Untempered((logits / temperature).softmax(-1), temperature),
        logits.softmax(-1)));
  }
}

TEST(TemperatureTest, StandsInTheManifest) {
  Manifest manifest;
  EXPECT_EQ(TemperatureOf(manifest), 1);
  SetTemperature(0.75, &manifest);
  EXPECT_EQ(TemperatureOf(manifest), 0.75);
  for (const char* other : {"hot", "", "-1", "nan", "0"}) {
    manifest.provenance["temperature"] = other;
    EXPECT_EQ(TemperatureOf(manifest), 1) << other;
  }
}

TEST(TemperatureTest, TakesProbabilitiesThatRoundedToZero) {
  const at::Tensor probabilities =
      torch::tensor({{{1.0F, 0.0F}, {1.0F, 0.0F}}});
  EXPECT_TRUE(
      std::isfinite(FitTemperature(probabilities, torch::tensor({0, 1}))));
}

}  // namespace
}  // namespace hypergan::trainer
