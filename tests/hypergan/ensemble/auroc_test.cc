#include "hypergan/ensemble/auroc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace hypergan {
namespace {

// Every pair, one by one.
double BruteForce(const std::vector<double>& inside,
                  const std::vector<double>& outside) {
  double wins = 0;
  for (double in : inside) {
    for (double out : outside) wins += out > in ? 1 : out == in ? 0.5 : 0;
  }
  return wins / static_cast<double>(inside.size() * outside.size());
}

TEST(AurocTest, IsOneWhenEveryOutsideRowScoresHigher) {
  EXPECT_EQ(Auroc({1, 2}, {3, 4, 5}), 1);
  EXPECT_EQ(Auroc({3, 4, 5}, {1, 2}), 0);
}

// Of the pairs (inside, outside), three of four are in order.
TEST(AurocTest, CountsThePairsInOrder) {
  EXPECT_EQ(Auroc({1, 3}, {2, 4}), 0.75);
}

TEST(AurocTest, CountsATieOneHalf) {
  EXPECT_EQ(Auroc({1}, {1}), 0.5);
  EXPECT_EQ(Auroc({7, 7, 7}, {7, 7}), 0.5);
  // Pairs: (1,2) won, (1,1) tied, (2,2) tied, (2,1) lost.
  EXPECT_EQ(Auroc({1, 2}, {2, 1}), 0.5);
  EXPECT_EQ(Auroc({1, 2}, {2, 2}), 0.75);
}

TEST(AurocTest, IsUndefinedForAnEmptySet) {
  EXPECT_TRUE(std::isnan(Auroc({}, {1})));
  EXPECT_TRUE(std::isnan(Auroc({1}, {})));
}

TEST(AurocTest, EqualsTheCountOfAllPairs) {
  std::mt19937 random(1);
  for (int levels : {2, 5, 1000}) {
    // Few levels make many ties.
    std::uniform_int_distribution<int> level(0, levels);
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<double> inside(17), outside(29);
      for (double& score : inside) score = level(random);
      for (double& score : outside) score = level(random) + 0.1 * levels;
      for (double& score : outside) score = std::floor(score);
      EXPECT_DOUBLE_EQ(Auroc(inside, outside), BruteForce(inside, outside));
    }
  }
}

TEST(AurocTest, TurnsRoundWithTheSets) {
  const std::vector<double> a = {1, 2, 2, 5};
  const std::vector<double> b = {0, 2, 3};
  EXPECT_DOUBLE_EQ(Auroc(a, b) + Auroc(b, a), 1);
}

}  // namespace
}  // namespace hypergan
