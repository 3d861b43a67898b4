#include "hypergan/compute/sparse_rows.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan {
namespace {

using ::testing::ElementsAre;

struct Terms {
  std::vector<float> values;
  std::vector<int32_t> inputs;
  std::vector<int64_t> begins;
};

Terms TermsOf(const std::vector<float>& matrix, int64_t rows, int64_t block) {
  const int64_t inputs = static_cast<int64_t>(matrix.size()) / rows;
  const SparseRows sparse(matrix.data(), rows, inputs, block);
  const SparseProduct product = sparse.Of({});
  Terms terms;
  const int64_t blocks = (inputs + block - 1) / block;
  for (int64_t i = 0; i <= blocks * rows; ++i) {
    terms.begins.push_back(product.begins[i]);
  }
  for (int64_t i = 0; i < terms.begins.back(); ++i) {
    terms.values.push_back(product.values[i]);
    terms.inputs.push_back(product.inputs[i]);
  }
  return terms;
}

TEST(SparseRowsTest, HoldsBlockByBlockAndRowByRowWhatIsNotZero) {
  const Terms terms = TermsOf(
      {
          0, 1, 2, 3, 0, 4,  //
          5, 0, 0, 0, 0, 0,  //
      },
      /*rows=*/2, /*block=*/4);
  // An odd number of terms gets a zero.
  EXPECT_THAT(terms.values, ElementsAre(1, 2, 3, 0, 5, 0, 4, 0));
  EXPECT_THAT(terms.begins, ElementsAre(0, 4, 6, 8, 8));
  EXPECT_EQ(terms.inputs[0], 1);
  EXPECT_EQ(terms.inputs[2], 3);
  EXPECT_EQ(terms.inputs[4], 0);
  EXPECT_EQ(terms.inputs[6], 1);  // counted from the block's first
}

TEST(SparseRowsTest, FullRowsHaveRoomForTheirTerms) {
  const Terms terms = TermsOf(std::vector<float>(35, 2), /*rows=*/5, 3);
  EXPECT_EQ(terms.begins.back(), 5 * (4 + 4 + 2));
}

TEST(SparseRowsTest, CountsWhatIsNotZero) {
  const std::vector<float> values = {
      0, -0.0F, 1, std::numeric_limits<float>::quiet_NaN(), -2};
  EXPECT_EQ(CountNonzeros(values.data(), 5), 3);
  EXPECT_EQ(CountNonzeros(nullptr, 0), 0);
}

}  // namespace
}  // namespace hypergan
