#include "trainer/evaluation/outside.h"

#include <torch/script.h>

#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

at::Tensor Values(std::vector<double> values) { return torch::tensor(values); }

TEST(OutsideTest, LargestProbabilityPointsInwards) {
  Scores inside, outside;
  inside.predictive_entropy = Values({0.1, 0.3});
  outside.predictive_entropy = Values({0.2, 0.4});
  inside.max_probability = Values({0.9, 0.8});
  outside.max_probability = Values({0.5, 0.4});
  const auto separations = SeparateScores(inside, outside);
  ASSERT_EQ(separations.size(), 2u);
  EXPECT_EQ(separations.at("predictive_entropy").auroc, 0.75);
  const Separation& probability = separations.at("max_probability");
  EXPECT_EQ(probability.auroc, 1);
  EXPECT_NEAR(probability.inside_quantiles.front(), 0.8, 1e-6);
  EXPECT_NEAR(probability.outside_quantiles.back(), 0.5, 1e-6);
}

TEST(OutsideTest, ARegressionHasItsVarianceOnly) {
  Scores scores;
  scores.total_variance = Values({1, 2});
  const auto named = ScoresByName(scores);
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named.begin()->first, "total_variance");
}

}  // namespace
}  // namespace hypergan::trainer
