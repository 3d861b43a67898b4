#include "data/tables/test_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/data/tables/table_rows.h"

namespace hypergan::data {
namespace {

using ::testing::SizeIs;

TEST(TestSplitTest, SetsATenthAsideBySeedAndContent) {
  const Dataset dataset = Table(100);
  const TestSplit split = SplitOffTestRows(dataset, 1, true);
  EXPECT_THAT(split.test, SizeIs(10));
  EXPECT_THAT(split.rest, SizeIs(90));
  EXPECT_EQ(split.record.rows, 100);
  EXPECT_EQ(split.record.test_rows, 10);
  EXPECT_TRUE(std::is_sorted(split.rest.begin(), split.rest.end()));
  const Dataset reversed = Reversed(dataset);
  EXPECT_EQ(Values(dataset, split.test),
            Values(reversed, SplitOffTestRows(reversed, 1, true).test));
  EXPECT_NE(Values(dataset, split.test),
            Values(dataset, SplitOffTestRows(dataset, 2, true).test));
}

TEST(TestSplitTest, SetsNothingAsideOfFewRowsOrWhereThereIsATestSplit) {
  EXPECT_THAT(SplitOffTestRows(Table(9), 1, true).test, SizeIs(0));
  EXPECT_THAT(SplitOffTestRows(Table(9), 1, true).rest, SizeIs(9));
  EXPECT_THAT(SplitOffTestRows(Table(100), 1, false).test, SizeIs(0));
  EXPECT_EQ(SplitOffTestRows(Table(100), 1, false).record.test_rows, 0);
}

TEST(TestSplitTest, SharesOutEqualRowsFairly) {
  const Dataset dataset = FewNumbers(10'000, 4, 1);
  const TestSplit split = SplitOffTestRows(dataset, 3, true);
  EXPECT_THAT(split.test, SizeIs(1000));
  int64_t zeros = 0;
  for (const int64_t place : split.test) zeros += dataset.values[place] == 0;
  EXPECT_NEAR(static_cast<double>(zeros), 250, 60);
}

}  // namespace
}  // namespace hypergan::data
