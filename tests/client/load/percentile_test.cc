#include "client/load/percentile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hypergan::load {
namespace {

// By the definition: the first value that `permille` of 1,000 do not exceed.
double BruteForce(const std::vector<double>& sorted, int64_t permille) {
  const auto size = static_cast<int64_t>(sorted.size());
  for (double value : sorted) {
    int64_t below = 0;
    for (double other : sorted) below += other <= value;
    if (below * 1000 >= permille * size) return value;
  }
  return sorted.back();
}

TEST(PercentileTest, AgreesWithItsDefinition) {
  std::mt19937_64 random(1);
  for (int size : {1, 2, 3, 10, 99, 100, 101, 500, 1000}) {
    std::vector<double> values;
    // Few different values, so that many are equal.
    for (int i = 0; i < size; ++i) values.push_back(random() % (size + 1));
    std::sort(values.begin(), values.end());
    for (int permille : {1, 100, 250, 500, 900, 990, 999, 1000}) {
      EXPECT_EQ(Percentile(values, permille / 1000.0),
                BruteForce(values, permille))
          << size << " values, " << permille;
    }
  }
}

TEST(PercentileTest, TakesTheExactRankAtEverySize) {
  std::vector<double> values;
  for (int size = 1; size <= 20'000; ++size) {
    values.push_back(size);
    for (int permille : {500, 900, 990, 999}) {
      const int rank = (size * permille + 999) / 1000;
      ASSERT_EQ(Percentile(values, permille / 1000.0), rank) << size;
    }
  }
}

TEST(PercentileTest, IsZeroOfNothing) { EXPECT_EQ(Percentile({}, 0.5), 0); }

}  // namespace
}  // namespace hypergan::load
