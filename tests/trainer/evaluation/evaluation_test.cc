#include "trainer/evaluation/evaluation.h"

#include <torch/script.h>

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"
#include "hypergan/ensemble/noise.h"
#include "tests/support/tiny_model.h"
#include "tests/trainer/linear_model.h"
#include "trainer/evaluation/diversity.h"

namespace hypergan::trainer {
namespace {

// Ten networks on two rows of two classes: network n is right about row 0
// always, about row 1 for n >= 4.
EnsembleOutputs Outputs() {
  EnsembleOutputs outputs;
  outputs.network_outputs = torch::zeros({10, 2, 2});
  for (int64_t n = 0; n < 10; ++n) {
    outputs.network_outputs[n][0][0] = 0.9;
    outputs.network_outputs[n][0][1] = 0.1;
    outputs.network_outputs[n][1][0] = n < 4 ? 0.8 : 0.4;
    outputs.network_outputs[n][1][1] = n < 4 ? 0.2 : 0.6;
  }
  outputs.mean = outputs.network_outputs.mean(0).to(torch::kDouble);
  outputs.variance = outputs.network_outputs.var(0).to(torch::kDouble);
  return outputs;
}

TEST(EvaluationTest, FiguresMatchHandWorkedValues) {
  const at::Tensor labels = torch::tensor({0, 1}, torch::kLong);
  const Figures figures = ClassificationFigures({}, Outputs(), labels);
  // Single networks: four are right about one row of two, six about both.
  EXPECT_NEAR(figures.at("accuracy_1"), (4 * 0.5 + 6 * 1.0) / 10, 1e-6);
  EXPECT_NEAR(figures.at("accuracy_1_deviation"),
              std::sqrt((4 * 0.09 + 6 * 0.04) / 9), 1e-6);
  // Ensembles of five: four wrong and one right; none wrong.
  EXPECT_NEAR(figures.at("accuracy_5"), (0.5 + 1.0) / 2, 1e-6);
  // All ten: p(1) of row 1 is 0.44.
  EXPECT_NEAR(figures.at("accuracy_10"), 0.5, 1e-6);
  EXPECT_EQ(figures.count("accuracy_100"), 0u);
  EXPECT_NEAR(figures.at("nll"), -(std::log(0.9) + std::log(0.44)) / 2, 1e-6);
  EXPECT_NEAR(
      figures.at("nll_1"),
      -(std::log(0.9) + (4 * std::log(0.2) + 6 * std::log(0.6)) / 10) / 2,
      1e-6);
  // The first five: p(1) of row 1 is (4 * 0.2 + 0.6) / 5; the last five: 0.6.
  EXPECT_NEAR(figures.at("nll_5"),
              -(std::log(0.9) + (std::log(0.28) + std::log(0.6)) / 2) / 2,
              1e-6);
  EXPECT_NEAR(figures.at("nll_10"), figures.at("nll"), 1e-6);
  EXPECT_NEAR(figures.at("ece"), (0.1 + 0.56) / 2, 1e-6);
  // Four networks are off by 0.1 and 0.8, six by 0.1 and 0.4.
  EXPECT_NEAR(figures.at("ece_1"), (4 * 0.9 + 6 * 0.5) / 20, 1e-6);
  EXPECT_NEAR(figures.at("brier"), (2 * 0.01 + 2 * 0.56 * 0.56) / 2, 1e-6);
  EXPECT_NEAR(figures.at("brier_1"),
              (2 * 0.01 + 2 * (4 * 0.64 + 6 * 0.16) / 10) / 2, 1e-6);
}

// Logits times two square probabilities, but for their sum.
TEST(EvaluationTest, SingleNetworksHaveNoTemperature) {
  const at::Tensor labels = torch::tensor({0, 1}, torch::kLong);
  Manifest manifest;
  manifest.provenance["temperature"] = "0.5";
  EnsembleOutputs tempered = Outputs();
  const at::Tensor squares = tempered.network_outputs.square();
  tempered.network_outputs = squares / squares.sum(-1, /*keepdim=*/true);
  tempered.mean = tempered.network_outputs.mean(0).to(torch::kDouble);
  const Figures expected = ClassificationFigures({}, Outputs(), labels);
  const Figures figures = ClassificationFigures(manifest, tempered, labels);
  for (const char* name : {"accuracy_1", "nll_1", "ece_1", "brier_1"}) {
    EXPECT_NEAR(figures.at(name), expected.at(name), 1e-6) << name;
  }
  EXPECT_NEAR(figures.at("nll"),
              -(std::log(0.81 / 0.82) +
                std::log((4 * 0.04 / 0.68 + 6 * 0.36 / 0.52) / 10)) /
                  2,
              1e-6);
}

TEST(EvaluationTest, EnsemblesOfAFewNetworksHaveTheTemperatureOfThePool) {
  const at::Tensor labels = torch::tensor({0, 1}, torch::kLong);
  Manifest manifest;
  manifest.pool_temperature = 0.5;
  const Figures figures = ClassificationFigures(manifest, Outputs(), labels);
  const auto squared = [](double p) {
    return std::log(p * p / (p * p + (1 - p) * (1 - p)));
  };
  // The first five: p(1) of row 1 is (4 * 0.2 + 0.6) / 5; the last five: 0.6.
  EXPECT_NEAR(figures.at("nll_5"),
              -(squared(0.9) + (squared(0.28) + squared(0.6)) / 2) / 2, 1e-6);
  const Figures plain = ClassificationFigures({}, Outputs(), labels);
  EXPECT_EQ(figures.at("nll_1"), plain.at("nll_1"));
  EXPECT_EQ(figures.at("accuracy_5"), plain.at("accuracy_5"));
}

TEST(EvaluationTest, RegressionFiguresMatchHandWorkedValues) {
  EnsembleOutputs outputs;
  outputs.network_outputs = torch::tensor({1.0f, 3.0f}).view({2, 1, 1});
  outputs.mean = torch::tensor({2.0}, torch::kDouble).view({1, 1});
  outputs.variance = torch::tensor({2.0}, torch::kDouble).view({1, 1});
  const Figures figures = RegressionFigures(outputs, torch::zeros({1, 1}));
  EXPECT_NEAR(figures.at("rmse"), 2, 1e-9);
  EXPECT_NEAR(figures.at("rmse_1"), std::sqrt(5), 1e-9);
  EXPECT_NEAR(figures.at("mean_deviation"), std::sqrt(2), 1e-9);
}

TEST(EvaluationTest, AsksAboutEveryRowInItsPlace) {
  Workers workers(2);
  const Ensemble ensemble(hypergan::testing::TinyCheckpoint("regression"),
                          c10::Device(c10::kCPU), &workers);
  Rows rows;
  rows.inputs = torch::linspace(-1, 1, 1100).view({1100, 1});
  EvaluationOptions options;
  options.num_networks = 4;
  const EnsembleOutputs all =
      PredictRows(ensemble, rows, true, options).value();
  EXPECT_EQ(all.network_outputs.sizes(), at::IntArrayRef({4, 1100, 1}));
  EnsembleOptions one;
  one.num_networks = 4;
  const EnsembleOutputs last =
      ensemble.Predict(rows.inputs.narrow(0, 1099, 1), one).value();
  EXPECT_NEAR(all.mean[1099].item<double>(), last.mean[0].item<double>(), 1e-6);
  EXPECT_EQ(ToVector(all.scores.total_variance).size(), 1100u);
}

TEST(EvaluationTest, BoundsWhatSingleNetworksSay) {
  Workers workers(1);
  const Ensemble ensemble(hypergan::testing::TinyCheckpoint("regression"),
                          c10::Device(c10::kCPU), &workers);
  Rows rows;
  rows.inputs = torch::zeros({10'001, 1});
  EvaluationOptions options;
  options.num_networks = 100'000;
  EXPECT_TRUE(absl::IsInvalidArgument(
      PredictRows(ensemble, rows, /*network_outputs=*/true, options).status()));
}

TEST(DiversityTest, IsTheRelativeDeviationOfTheNorm) {
  // Every network's norm is |noise[0]|: N(0, 1) folded.
  torch::jit::Module module("Scripted");
  module.define(
      "def generate(self, noise: Tensor) -> List[Tensor]:\n"
      "    return [noise[:, :1], torch.zeros_like(noise[:, :1])]\n");
  const Diversity diversity =
      MeasureDiversity(module, DrawNoise(1, 0, 20'000, 3),
                       c10::Device(c10::kCPU))
          .value();
  const double mean = std::sqrt(2 / M_PI);
  EXPECT_NEAR(diversity.all, std::sqrt(1 - mean * mean) / mean, 0.03);
  ASSERT_EQ(diversity.layers.size(), 1u);
  EXPECT_NEAR(diversity.layers[0], diversity.all, 1e-9);
}

TEST(DiversityTest, TellsTheNearestNetworkFromTheMeanOne) {
  constexpr int64_t kNetworks = 7;
  const Checkpoint checkpoint = hypergan::testing::LinearCheckpoint();
  const at::Tensor noise = DrawNoise(1, 0, kNetworks, 12);
  const Diversity diversity =
      MeasureDiversity(checkpoint.module, noise, c10::Device(c10::kCPU))
          .value();
  const at::Tensor points = noise.to(torch::kDouble);  // the weights
  double sum = 0, nearest_sum = 0;
  for (int64_t i = 0; i < kNetworks; ++i) {
    double nearest = 1e9;
    for (int64_t j = 0; j < kNetworks; ++j) {
      if (i == j) continue;
      const double distance = (points[i] - points[j]).norm().item<double>();
      sum += distance / (kNetworks - 1);
      nearest = std::min(nearest, distance);
    }
    nearest_sum += nearest;
  }
  EXPECT_NEAR(diversity.nearest, nearest_sum / sum, 1e-6);
}

TEST(DiversityTest, SeesNetworksThatAreTheSame) {
  torch::jit::Module module("Members");  // of two
  module.define(
      "def generate(self, noise: Tensor) -> List[Tensor]:\n"
      "    return [1000 + (noise[:, :1] > 0).float()]\n");
  EXPECT_EQ(
      MeasureDiversity(module, DrawNoise(1, 0, 50, 3), c10::Device(c10::kCPU))
          .value()
          .nearest,
      0);
}

}  // namespace
}  // namespace hypergan::trainer
