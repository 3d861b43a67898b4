#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/limits.h"
#include "tests/data/status_matchers.h"
#include "tests/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class CsvTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> Read(const std::string& text,
                               const CsvOptions& options = {}) {
    return ReadCsv(folder_.Write("table.csv", text), options);
  }

  const TempFolder folder_;
};

TEST_F(CsvTest, TakesTheLastColumnAsTarget) {
  const auto dataset = Read("1,2,3\n-4,5e-1,6\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 2);
  EXPECT_THAT(dataset->row_shape, ElementsAre(2));
  EXPECT_THAT(dataset->values, ElementsAre(1, 2, -4, 0.5));
  EXPECT_THAT(dataset->targets, ElementsAre(3, 6));
  EXPECT_EQ(dataset->target_size, 1);
  EXPECT_THAT(dataset->labels, IsEmpty());
}

TEST_F(CsvTest, TakesAsManyTargetsAsTold) {
  const auto dataset = Read("1,2,3\n", {.target_columns = 2});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->row_shape, ElementsAre(1));
  EXPECT_THAT(dataset->targets, ElementsAre(2, 3));
  EXPECT_EQ(dataset->target_size, 2);
}

TEST_F(CsvTest, MayHoldInputsOnly) {
  const auto dataset = Read("1,2\n3,4", {.target_columns = 0});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->row_shape, ElementsAre(2));
  EXPECT_THAT(dataset->values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(dataset->targets, IsEmpty());
  EXPECT_EQ(dataset->target_size, 0);
}

TEST_F(CsvTest, TakesTheLastColumnAsLabels) {
  const auto dataset = Read("0.5,2\n0.25,0\n", {.labels = true});
  ASSERT_TRUE(dataset.ok());
  EXPECT_THAT(dataset->labels, ElementsAre(2, 0));
  EXPECT_THAT(dataset->targets, IsEmpty());
  EXPECT_EQ(dataset->target_size, 0);
  EXPECT_THAT(dataset->class_names, ElementsAre("0", "1", "2"));
}

TEST_F(CsvTest, PassesOverAHeader) {
  const auto dataset = Read("x,y\r\n1,2\r\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(1));
  EXPECT_THAT(dataset->targets, ElementsAre(2));
}

TEST_F(CsvTest, NamesTheLineOfWhatIsNoNumber) {
  EXPECT_THAT(Read("1,2\n3,four\n"),
              FailsWith(kInvalid,
                        "table.csv:2: expected a finite number in "
                        "column 2, got 'four'"));
  EXPECT_THAT(Read("x,y\n1,2\n3,nan\n"), FailsWith(kInvalid, ":3: "));
  EXPECT_THAT(Read("1,2\n3,inf\n"), FailsWith(kInvalid, ":2: "));
  EXPECT_THAT(Read("1,2\n\n3,4\n"), FailsWith(kInvalid, ":2: "));
  EXPECT_THAT(Read("1,2\n3,1e999\n"), FailsWith(kInvalid, ":2: "));
}

TEST_F(CsvTest, NamesTheLineWithAnotherCountOfColumns) {
  EXPECT_THAT(Read("1,2\n3,4,5\n"),
              FailsWith(kInvalid, ":2: expected 2 columns, got 3"));
}

TEST_F(CsvTest, NamesTheLineWithoutALabel) {
  for (const char* cell : {"-1", "0.5", "65536", "1e30"}) {
    EXPECT_THAT(Read(std::string("1,1\n1,") + cell, {.labels = true}),
                FailsWith(kInvalid, ":2: expected a label"));
  }
}

TEST_F(CsvTest, RefusesAnEmptyTable) {
  EXPECT_THAT(Read(""), FailsWith(kInvalid, "expected rows of numbers"));
  EXPECT_THAT(Read("x,y\n"), FailsWith(kInvalid, "expected rows of numbers"));
}

TEST_F(CsvTest, RefusesTargetsThatLeaveNoInput) {
  EXPECT_THAT(Read("1\n2\n"), FailsWith(kInvalid, "more than 1 columns"));
  EXPECT_THAT(Read("1,2\n", {.target_columns = -1}),
              FailsWith(kInvalid, "got -1"));
}

TEST_F(CsvTest, BoundsTheLengthOfALine) {
  EXPECT_THAT(Read(std::string(kMaxLineBytes + 1, '1')),
              FailsWith(kInvalid, "lines of at most 1048576 bytes"));
}

TEST_F(CsvTest, BoundsTheColumns) {
  std::string line = "1";
  for (int64_t i = 0; i < kMaxCsvColumns; ++i) line += ",1";
  EXPECT_THAT(Read(line), FailsWith(kInvalid, "at most 65536 columns"));
}

}  // namespace
}  // namespace hypergan::data
