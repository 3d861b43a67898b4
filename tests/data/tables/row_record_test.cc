#include "data/tables/row_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "data/row_keys.h"
#include "data/tables/test_split.h"
#include "tests/data/tables/table_rows.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

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
  const TestSplit shares = SplitOffTestRows(dataset, 7, true);
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
  const TestSplit shares = SplitOffTestRows(Table(rows), 7, true);
  EXPECT_EQ(Percent(shares.record, Table(rows).Select(shares.test)), 0);
  EXPECT_EQ(Percent(shares.record, Table(rows, rows)), 0);
  EXPECT_EQ(Percent(shares.record, Dataset()), 0);
}

TEST(RowRecordOfFewNumbersTest, TakesNoSampleOfTheSameKindForItsRows) {
  const RowRecord record =
      SplitOffTestRows(FewNumbers(1000, 10, 3), 7, true).record;
  EXPECT_EQ(PercentTrainedOn(record, RowKeys(FewNumbers(500, 10, 7), 7)), 0);
}

TEST(RowRecordTextTest, ComesBackFromAProvenance) {
  RowRecord record = SplitOffTestRows(Table(1000), 7, true).record;
  record.digest = std::string(64, 'a');
  record.training = 800;
  record.validation = 0;
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
  EXPECT_EQ((*read)->digest, record.digest);
  EXPECT_EQ((*read)->training, 800);
  EXPECT_EQ((*read)->validation, 0);
  EXPECT_EQ((*read)->calibration, std::nullopt);
}

TEST(RowRecordTextTest, IsAbsentFromModelsFromElsewhere) {
  const auto read = ReadRowRecord({{"data", "t.csv"}});
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST(RowRecordTextTest, RefusesWhatIsNoRecord) {
  Provenance good;
  WriteRowRecord(SplitOffTestRows(Table(1000), 7, true).record, &good);
  const std::string key(16, '0');
  const std::pair<const char*, std::string> wrong[] = {
      {"split_seed", "-1"},
      {"rows", "many\x1b"},
      {"test_rows", "1001"},
      {"last_test_key", "12"},
      {"twin_share", "nan"},
      {"row_sample", "xyz"},
      {"data_digest", "abc"},
      {"training_rows", "-1"},
      {"validation_rows", "x"},
      {"calibration_rows", ""},
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
