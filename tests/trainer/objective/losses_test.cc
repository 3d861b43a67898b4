#include "trainer/objective/losses.h"

#include <torch/script.h>

#include <cmath>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(LossesTest, CrossEntropyIsTheMeanOverNetworksAndRows) {
  const at::Tensor logits =
      torch::tensor({1.0, 2.0, 0.5, -1.0, 3.0, 0.0, 0.0, 0.0}, torch::kDouble)
          .view({2, 2, 2});
  const at::Tensor labels = torch::tensor({0, 1}, torch::kLong);
  const double expected =
      -(std::log(Sigmoid(1.0 - 2.0)) + std::log(Sigmoid(-1.0 - 0.5)) +
        std::log(Sigmoid(3.0 - 0.0)) + std::log(0.5)) /
      4;
  EXPECT_NEAR(
      SupervisedLoss(Task::kClassification, logits, labels, 1).item<double>(),
      expected, 1e-12);
}

TEST(LossesTest, GaussianLikelihoodScalesWithItsDeviation) {
  const at::Tensor outputs =
      torch::tensor({1.0, 3.0}, torch::kDouble).view({2, 1, 1});
  const at::Tensor targets = torch::zeros({1, 1}, torch::kDouble);
  EXPECT_NEAR(
      SupervisedLoss(Task::kRegression, outputs, targets, 2).item<double>(),
      (1.0 / 4 + 9.0 / 4) / 2 / 2, 1e-12);
}

TEST(LossesTest, AdversariesFollowEquationThreeOnLogits) {
  const at::Tensor prior = torch::tensor({2.0, -1.0}, torch::kDouble);
  const at::Tensor codes = torch::tensor({0.5, -3.0}, torch::kDouble);
  EXPECT_NEAR(DiscriminatorLoss(prior, codes).item<double>(),
              -(std::log(Sigmoid(2)) + std::log(Sigmoid(-1))) / 2 -
                  (std::log(1 - Sigmoid(0.5)) + std::log(1 - Sigmoid(-3))) / 2,
              1e-12);
  EXPECT_NEAR(MixerLoss(codes).item<double>(),
              -(std::log(Sigmoid(0.5)) + std::log(Sigmoid(-3))) / 2, 1e-12);
  EXPECT_EQ(DiscriminatorAccuracy(prior, codes).item<double>(), 0.5);
}

TEST(LossesTest, StayFiniteForADiscriminatorThatIsSure) {
  const at::Tensor sure = torch::tensor({500.0f});
  EXPECT_NEAR(MixerLoss(-sure).item<double>(), 500, 1e-3);
  EXPECT_NEAR(DiscriminatorLoss(sure, -sure).item<double>(), 0, 1e-6);
}

}  // namespace
}  // namespace hypergan::trainer
