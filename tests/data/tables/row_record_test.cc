#include "data/tables/row_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/row_keys.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Rows [x, x^2] of x from `first` on, without an equal one.
Dataset Table(int64_t rows, int64_t first = 0) {
  Dataset dataset;
  dataset.row_shape = {1};
  dataset.target_size = 1;
  dataset.rows = rows;
  for (int64_t i = 0; i < rows; ++i) {
    const auto x = static_cast<double>(first + i) + 0.5;
    dataset.values.push_back(x);
    dataset.targets.push_back(x * x);
  }
  return dataset;
}

// Rows of one whole number out of few, without truth.
Dataset FewNumbers(int64_t rows, int64_t numbers, int64_t step) {
  Dataset dataset;
  dataset.row_shape = {1};
  dataset.rows = rows;
  for (int64_t i = 0; i < rows; ++i) {
    dataset.values.push_back(static_cast<double>(i * step % numbers));
  }
  return dataset;
}

Dataset Reversed(const Dataset& dataset) {
  std::vector<int64_t> places;
  for (int64_t i = dataset.rows - 1; i >= 0; --i) places.push_back(i);
  return dataset.Select(places);
}

std::set<double> Values(const Dataset& dataset,
                        const std::vector<int64_t>& places) {
  const Dataset some = dataset.Select(places);
  return {some.values.begin(), some.values.end()};
}

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

TEST(ShareRowsTest, SetsATenthAsideBySeedAndContent) {
  const Dataset dataset = Table(100);
  const RowShares shares = ShareRows(dataset, 1, true);
  EXPECT_THAT(shares.test, SizeIs(10));
  EXPECT_THAT(shares.rest, SizeIs(90));
  EXPECT_EQ(shares.record.rows, 100);
  EXPECT_EQ(shares.record.test_rows, 10);
  EXPECT_TRUE(std::is_sorted(shares.rest.begin(), shares.rest.end()));
  const Dataset reversed = Reversed(dataset);
  EXPECT_EQ(Values(dataset, shares.test),
            Values(reversed, ShareRows(reversed, 1, true).test));
  EXPECT_NE(Values(dataset, shares.test),
            Values(dataset, ShareRows(dataset, 2, true).test));
}

TEST(ShareRowsTest, SetsNothingAsideOfFewRowsOrWhereThereIsATestSplit) {
  EXPECT_THAT(ShareRows(Table(9), 1, true).test, SizeIs(0));
  EXPECT_THAT(ShareRows(Table(9), 1, true).rest, SizeIs(9));
  EXPECT_THAT(ShareRows(Table(100), 1, false).test, SizeIs(0));
  EXPECT_EQ(ShareRows(Table(100), 1, false).record.test_rows, 0);
}

TEST(ShareRowsTest, SharesOutEqualRowsFairly) {
  const Dataset dataset = FewNumbers(10'000, 4, 1);
  const RowShares shares = ShareRows(dataset, 3, true);
  EXPECT_THAT(shares.test, SizeIs(1000));
  int64_t zeros = 0;
  for (const int64_t place : shares.test) zeros += dataset.values[place] == 0;
  EXPECT_NEAR(static_cast<double>(zeros), 250, 60);
}

class RowRecordTest : public ::testing::TestWithParam<int64_t> {
 protected:
  static int64_t Percent(const RowRecord& record, const Dataset& dataset) {
    return PercentTrainedOn(record, RowKeys(dataset, record.seed));
  }
};

// The first is known whole, the others by a sample.
INSTANTIATE_TEST_SUITE_P(Rows, RowRecordTest,
                         ::testing::Values(40, 1000, 50'000));

TEST_P(RowRecordTest, RecognisesItsRowsInWhateverOrderAndSelection) {
  const int64_t rows = GetParam();
  const Dataset dataset = Table(rows);
  const RowShares shares = ShareRows(dataset, 7, true);
  const RowRecord& record = shares.record;
  EXPECT_LE(static_cast<int64_t>(record.sample.size()), kMaxSampledKeys);
  EXPECT_EQ(Percent(record, dataset), 90);
  EXPECT_EQ(Percent(record, Reversed(dataset)), 90);
  EXPECT_EQ(Percent(record, dataset.Select(shares.rest)), 100);
  // The same file with as many new rows.
  EXPECT_NEAR(static_cast<double>(Percent(record, Table(2 * rows))), 45, 15);
}

TEST_P(RowRecordTest, KnowsNeitherItsTestRowsNorOthers) {
  const int64_t rows = GetParam();
  const RowShares shares = ShareRows(Table(rows), 7, true);
  EXPECT_EQ(Percent(shares.record, Table(rows).Select(shares.test)), 0);
  EXPECT_EQ(Percent(shares.record, Table(rows, rows)), 0);
  EXPECT_EQ(Percent(shares.record, Dataset()), 0);
}

TEST(RowRecordOfFewNumbersTest, TakesNoSampleOfTheSameKindForItsRows) {
  const RowRecord record = ShareRows(FewNumbers(1000, 10, 3), 7, true).record;
  EXPECT_EQ(PercentTrainedOn(record, RowKeys(FewNumbers(500, 10, 7), 7)), 0);
}

TEST(RowRecordTextTest, ComesBackFromAProvenance) {
  const RowRecord record = ShareRows(Table(1000), 7, true).record;
  Provenance provenance = {{"data", "t.csv"}};
  WriteRowRecord(record, &provenance);
  const auto read = ReadRowRecord(provenance);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->seed, 7);
  EXPECT_EQ((*read)->rows, 1000);
  EXPECT_EQ((*read)->test_rows, 100);
  EXPECT_EQ((*read)->last_test_key, record.last_test_key);
  EXPECT_EQ((*read)->sample, record.sample);
}

TEST(RowRecordTextTest, IsAbsentFromModelsFromElsewhere) {
  const auto read = ReadRowRecord({{"data", "t.csv"}});
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST(RowRecordTextTest, RefusesWhatIsNoRecord) {
  Provenance good;
  WriteRowRecord(ShareRows(Table(1000), 7, true).record, &good);
  const std::string key(16, '0');
  const std::pair<const char*, std::string> wrong[] = {
      {"split_seed", "-1"},
      {"rows", "many\x1b"},
      {"test_rows", "1001"},
      {"last_test_key", "12"},
      {"twin_share", "nan"},
      {"row_sample", "xyz"},
      {"row_sample", std::string(16, 'f') + key},
      {"row_sample", std::string(16 * (kMaxSampledKeys + 1), '0')}};
  for (const auto& [name, value] : wrong) {
    Provenance provenance = good;
    provenance[name] = value;
    EXPECT_THAT(ReadRowRecord(provenance), FailsWith(kInvalid, name));
  }
}

}  // namespace
}  // namespace hypergan::data
