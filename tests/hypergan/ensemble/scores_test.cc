#include "hypergan/ensemble/scores.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace hypergan {
namespace {

// Entropy by the book, in float64.
double EntropyOf(const std::vector<double>& p) {
  double entropy = 0;
  for (double value : p) {
    if (value > 0) entropy -= value * std::log(value);
  }
  return entropy;
}

// The scores of one row from [N, K] distributions.
Scores ScoresOf(const at::Tensor& networks) {
  const at::Tensor mean = networks.mean(0).unsqueeze(0);
  return ClassificationScores(networks.size(0), mean, mean,
                              networks.var(0).unsqueeze(0),
                              Entropy(networks).mean().unsqueeze(0));
}

TEST(ScoresTest, MatchHandWorkedValues) {
  // Two networks that are sure of different classes.
  const at::Tensor networks =
      at::tensor({1.0, 0.0, 0.0, 1.0}, at::kDouble).view({2, 2});
  const Scores scores = ScoresOf(networks);
  EXPECT_DOUBLE_EQ(scores.predictive_entropy.item<double>(), std::log(2));
  EXPECT_DOUBLE_EQ(scores.expected_entropy.item<double>(), 0);
  EXPECT_DOUBLE_EQ(scores.mutual_information.item<double>(), std::log(2));
  EXPECT_DOUBLE_EQ(scores.total_variance.item<double>(), 1.0);
  EXPECT_DOUBLE_EQ(scores.max_probability.item<double>(), 0.5);
}

TEST(ScoresTest, MatchBruteForceOnRandomDistributions) {
  at::manual_seed(2);
  for (int trial = 0; trial < 20; ++trial) {
    const at::Tensor networks =
        (3 * at::randn({7, 5}, at::kDouble)).softmax(-1);
    std::vector<double> mean(5);
    double expected_entropy = 0;
    for (int64_t n = 0; n < 7; ++n) {
      std::vector<double> p;
      for (int64_t k = 0; k < 5; ++k) {
        p.push_back(networks[n][k].item<double>());
        mean[static_cast<size_t>(k)] += p.back() / 7;
      }
      expected_entropy += EntropyOf(p) / 7;
    }
    const Scores scores = ScoresOf(networks);
    const double total = scores.predictive_entropy.item<double>();
    EXPECT_NEAR(total, EntropyOf(mean), 1e-12);
    EXPECT_NEAR(scores.expected_entropy.item<double>(), expected_entropy,
                1e-12);
    EXPECT_NEAR(total,
                scores.expected_entropy.item<double>() +
                    scores.mutual_information.item<double>(),
                1e-12);
    EXPECT_LE(total, std::log(5) + 1e-12);
    EXPECT_LE(scores.mutual_information.item<double>(), std::log(7));
  }
}

TEST(ScoresTest, MutualInformationIsNeverNegative) {
  // Rounding alone makes the difference of equal entropies negative now and
  // then.
  at::manual_seed(3);
  const at::Tensor p = at::randn({1000, 10}, at::kDouble).softmax(-1);
  const Scores scores =
      ClassificationScores(2, p, p, at::zeros_like(p), Entropy(p) + 1e-16);
  EXPECT_GE(scores.mutual_information.min().item<double>(), 0);
}

TEST(ScoresTest, TheTemperatureOfThePoolIsOfWhatIsAnsweredAlone) {
  // Of 0.8 and 0.2, to the power of 1 / 0.5, but for their sum.
  const at::Tensor pooled = at::tensor({0.8, 0.2}, at::kDouble).view({1, 2});
  const at::Tensor answered = PoolTempered(pooled, 0.5);
  const double sure = 0.64 / 0.68;
  EXPECT_NEAR(answered[0][0].item<double>(), sure, 1e-15);
  EXPECT_TRUE(at::equal(PoolTempered(pooled, 1), pooled));
  const at::Tensor entropy = at::tensor({0.3}, at::kDouble);
  const Scores scores = ClassificationScores(2, pooled, answered,
                                             at::zeros_like(pooled), entropy);
  EXPECT_NEAR(scores.predictive_entropy.item<double>(),
              EntropyOf({sure, 1 - sure}), 1e-12);
  EXPECT_NEAR(scores.max_probability.item<double>(), sure, 1e-15);
  // The networks' own.
  EXPECT_NEAR(scores.mutual_information.item<double>(),
              EntropyOf({0.8, 0.2}) - 0.3, 1e-12);
  EXPECT_NEAR(scores.expected_entropy.item<double>(), 0.3, 1e-15);
}

TEST(ScoresTest, ATemperatureLeavesProbabilitiesOfZero) {
  const at::Tensor pooled = at::tensor({1.0, 0.0}, at::kDouble).view({1, 2});
  for (const double temperature : {0.125, 8.0}) {
    EXPECT_TRUE(at::equal(PoolTempered(pooled, temperature), pooled));
  }
}

TEST(ScoresTest, RegressionHasTotalVarianceOnly) {
  const Scores scores = RegressionScores(
      2, at::tensor({1.0, 2.0, 3.0, 4.0}, at::kDouble).view({2, 2}));
  EXPECT_EQ(scores.total_variance[1].item<double>(), 7);
  EXPECT_FALSE(scores.predictive_entropy.defined());
  EXPECT_FALSE(scores.max_probability.defined());
}

TEST(ScoresTest, OneNetworkDisagreesWithNobody) {
  const at::Tensor p = at::tensor({0.25, 0.75}, at::kDouble).view({1, 2});
  const at::Tensor none = at::zeros_like(p);
  const Scores scores = ClassificationScores(1, p, p, none, Entropy(p));
  EXPECT_FALSE(scores.mutual_information.defined());
  EXPECT_FALSE(scores.total_variance.defined());
  EXPECT_EQ(scores.max_probability.item<double>(), 0.75);
  EXPECT_NEAR(scores.predictive_entropy.item<double>(), EntropyOf({0.25, 0.75}),
              1e-15);
  EXPECT_TRUE(at::equal(scores.expected_entropy, scores.predictive_entropy));
  EXPECT_FALSE(RegressionScores(1, none).total_variance.defined());
}

}  // namespace
}  // namespace hypergan
