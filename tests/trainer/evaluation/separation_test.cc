#include "trainer/evaluation/separation.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using Scores = std::vector<double>;

int64_t CountAtLeast(const Scores& scores, double threshold) {
  int64_t count = 0;
  for (double score : scores) count += score >= threshold;
  return count;
}

Scores Negated(Scores scores) {
  for (double& score : scores) score = -score;
  return scores;
}

// The greatest score below `threshold`, of both sets.
double NextBelow(const Scores& a, const Scores& b, double threshold) {
  double next = -std::numeric_limits<double>::infinity();
  for (const Scores* scores : {&a, &b}) {
    for (double score : *scores) {
      if (score < threshold) next = std::max(next, score);
    }
  }
  return next;
}

// Average precision and the false positive rate at 95 % TPR, counting anew at
// each threshold.
struct BruteForce {
  double average_precision = 0, fpr95 = -1;

  BruteForce(const Scores& negative, const Scores& positive) {
    double recall_before = 0;
    double threshold = std::numeric_limits<double>::infinity();
    while (recall_before < 1) {
      threshold = NextBelow(negative, positive, threshold);
      const auto tp = static_cast<double>(CountAtLeast(positive, threshold));
      const auto fp = static_cast<double>(CountAtLeast(negative, threshold));
      const double recall = tp / static_cast<double>(positive.size());
      average_precision += (recall - recall_before) * tp / (tp + fp);
      if (fpr95 < 0 && recall >= 0.95) {
        fpr95 = fp / static_cast<double>(negative.size());
      }
      recall_before = recall;
    }
  }
};

// From the top: outside 4, inside 3, outside 2, inside 1.
TEST(SeparationTest, MatchesValuesWorkedOutByHand) {
  const Separation s = Separate({1, 3}, {2, 4});
  EXPECT_DOUBLE_EQ(s.auroc, 0.75);
  EXPECT_DOUBLE_EQ(s.aupr_out, 0.5 * 1 + 0.5 * 2 / 3);
  // From the bottom: inside 1, outside 2, inside 3.
  EXPECT_DOUBLE_EQ(s.aupr_in, 0.5 * 1 + 0.5 * 2 / 3);
  EXPECT_DOUBLE_EQ(s.fpr95, 0.5);
  EXPECT_THAT(s.roc_fpr, ElementsAre(0, 0, 0.5, 0.5, 1));
  EXPECT_THAT(s.roc_tpr, ElementsAre(0, 0.5, 0.5, 1, 1));
}

TEST(SeparationTest, EqualScoresShareAThreshold) {
  const Separation s = Separate({1, 2, 2}, {2, 3});
  EXPECT_DOUBLE_EQ(s.auroc, (1 + 0.5 + 0.5 + 3) / 6);
  EXPECT_DOUBLE_EQ(s.aupr_out, 0.5 * 1 + 0.5 * 2 / 4);
  EXPECT_DOUBLE_EQ(s.aupr_in, 1.0 / 3 * 1 + 2.0 / 3 * 3 / 4);
  EXPECT_DOUBLE_EQ(s.fpr95, 2.0 / 3);
  EXPECT_THAT(s.roc_fpr, ElementsAre(0, 0, 2.0 / 3, 1));
  EXPECT_THAT(s.roc_tpr, ElementsAre(0, 0.5, 1, 1));
}

TEST(SeparationTest, OneScoreForAllTellsNothing) {
  const Separation s = Separate({5, 5, 5}, {5});
  EXPECT_DOUBLE_EQ(s.auroc, 0.5);
  EXPECT_DOUBLE_EQ(s.aupr_out, 0.25);
  EXPECT_DOUBLE_EQ(s.aupr_in, 0.75);
  EXPECT_DOUBLE_EQ(s.fpr95, 1);
  EXPECT_THAT(s.roc_fpr, ElementsAre(0, 1));
}

TEST(SeparationTest, ExactlyNinetyFivePercentAreEnough) {
  // Of 20 outside rows 19 score above everything, one below.
  Scores outside(19, 2);
  outside.push_back(-1);
  EXPECT_DOUBLE_EQ(Separate({0, 1}, outside).fpr95, 0);
  outside.push_back(-1);  // 19 of 21 are too few
  EXPECT_DOUBLE_EQ(Separate({0, 1}, outside).fpr95, 1);
}

TEST(SeparationTest, EqualsCountingAnewAtEachThreshold) {
  std::mt19937 random(1);
  for (int levels : {2, 7, 100'000}) {  // few levels make many ties
    std::uniform_int_distribution<int> level(0, levels);
    for (int repeat = 0; repeat < 10; ++repeat) {
      Scores inside(37), outside(61);
      for (double& score : inside) score = level(random);
      for (double& score : outside) score = level(random) + levels / 5;
      const Separation s = Separate(inside, outside);
      const BruteForce out(inside, outside);
      const BruteForce in(Negated(outside), Negated(inside));
      EXPECT_NEAR(s.aupr_out, out.average_precision, 1e-12);
      EXPECT_NEAR(s.aupr_in, in.average_precision, 1e-12);
      EXPECT_DOUBLE_EQ(s.fpr95, out.fpr95);
    }
  }
}

TEST(SeparationTest, CurvesAreThinnedToTheirBound) {
  std::mt19937 random(2);
  std::normal_distribution<double> normal;
  Scores inside(3000), outside(2000);
  for (double& score : inside) score = normal(random);
  for (double& score : outside) score = normal(random) + 1;
  const Separation s = Separate(inside, outside);
  ASSERT_EQ(s.roc_fpr.size(), 201u);
  ASSERT_EQ(s.roc_tpr.size(), 201u);
  EXPECT_EQ(s.roc_fpr.front(), 0);
  EXPECT_EQ(s.roc_tpr.back(), 1);
  EXPECT_EQ(s.roc_fpr.back(), 1);
  double area = 0;  // under the thinned curve, by trapezoids
  for (size_t i = 1; i < s.roc_fpr.size(); ++i) {
    ASSERT_GE(s.roc_fpr[i], s.roc_fpr[i - 1]);
    ASSERT_GE(s.roc_tpr[i], s.roc_tpr[i - 1]);
    area += (s.roc_fpr[i] - s.roc_fpr[i - 1]) *
            (s.roc_tpr[i] + s.roc_tpr[i - 1]) / 2;
  }
  EXPECT_NEAR(area, s.auroc, 2e-3);
}

TEST(SeparationTest, AnEmptySetHasNoFigures) {
  const Separation s = Separate({}, {1});
  EXPECT_TRUE(std::isnan(s.auroc));
  EXPECT_TRUE(std::isnan(s.aupr_in));
  EXPECT_TRUE(std::isnan(s.fpr95));
  EXPECT_TRUE(s.roc_fpr.empty());
}

TEST(QuantilesTest, InvertTheEmpiricalDistribution) {
  Scores scores;
  for (int i = 1000; i > 0; --i) scores.push_back(i);
  const Scores quantiles = Quantiles(scores);
  ASSERT_EQ(quantiles.size(), 201u);
  EXPECT_EQ(quantiles[0], 1);
  EXPECT_EQ(quantiles[1], 5);  // five of a thousand are at most 5
  EXPECT_EQ(quantiles[100], 500);
  EXPECT_EQ(quantiles[200], 1000);
}

TEST(QuantilesTest, FewRowsRepeat) {
  const Scores quantiles = Quantiles({2, 1});
  EXPECT_EQ(quantiles[100], 1);
  EXPECT_EQ(quantiles[101], 2);
  EXPECT_THAT(Quantiles({3}), Each(3));
  EXPECT_TRUE(Quantiles({}).empty());
}

}  // namespace
}  // namespace hypergan::trainer
