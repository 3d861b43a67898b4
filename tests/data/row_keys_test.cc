#include "data/row_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/data/tables/table_rows.h"

namespace hypergan::data {
namespace {

using ::testing::SizeIs;

TEST(RowKeysTest, FollowFromContentAndSeed) {
  const std::vector<uint64_t> keys = RowKeys(Table(100), 1);
  EXPECT_THAT(std::set<uint64_t>(keys.begin(), keys.end()), SizeIs(100));
  std::vector<uint64_t> reversed = RowKeys(Reversed(Table(100)), 1);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(keys, reversed);
  EXPECT_EQ(CountShared(RowKeys(Table(100), 2), keys), 0);
  EXPECT_EQ(CountShared(RowKeys(Table(50, 75), 1), keys), 25);
}

TEST(RowKeysTest, TellPixelsAndTruthsApartButNoLabels) {
  Dataset images;
  images.row_shape = {1, 3, 3};
  images.rows = 2;
  images.pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 10};
  images.labels = {0, 1};
  const std::vector<uint64_t> keys = RowKeys(images, 1);
  EXPECT_NE(keys[0], keys[1]);
  images.labels = {5, 6};
  EXPECT_EQ(RowKeys(images, 1), keys);
  Dataset table = Table(2);
  const std::vector<uint64_t> before = RowKeys(table, 1);
  table.targets[1] += 1;
  EXPECT_EQ(RowKeys(table, 1)[0], before[0]);
  EXPECT_NE(RowKeys(table, 1)[1], before[1]);
}

TEST(RowKeysTest, GiveEqualRowsKeysOfTheirOwn) {
  const Dataset dataset = FewNumbers(100, 4, 1);
  const std::vector<uint64_t> keys = RowKeys(dataset, 1);
  EXPECT_THAT(std::set<uint64_t>(keys.begin(), keys.end()), SizeIs(100));
  std::vector<uint64_t> sorted = keys;
  std::vector<uint64_t> reversed = RowKeys(Reversed(dataset), 1);
  std::sort(sorted.begin(), sorted.end());
  std::sort(reversed.begin(), reversed.end());
  EXPECT_EQ(sorted, reversed);
  EXPECT_EQ(ShareWithTwin(dataset), 1);
  EXPECT_EQ(ShareWithTwin(Table(10)), 0);
  EXPECT_EQ(ShareWithTwin(Dataset()), 0);
}

TEST(RowKeysTest, ChanceIsWhatRowsWithTwinsExplain) {
  EXPECT_FALSE(IsMoreThanChance(0, 0, 0));
  EXPECT_FALSE(IsMoreThanChance(1, 100, 0));
  EXPECT_TRUE(IsMoreThanChance(2, 100, 0));
  EXPECT_FALSE(IsMoreThanChance(30, 100, 0.2));
  EXPECT_FALSE(IsMoreThanChance(100, 100, 1));
}

}  // namespace
}  // namespace hypergan::data
