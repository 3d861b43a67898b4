#include "data/tables/csv_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "data/limits.h"
#include "tests/support/status_matchers.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<Dataset> Read(const std::vector<std::string>& cells,
                             const std::vector<std::string>& known = {}) {
  CsvLabels labels(known);
  for (const std::string& cell : cells) HG_RETURN_IF_ERROR(labels.Add(cell));
  Dataset dataset;
  dataset.rows = static_cast<int64_t>(cells.size());
  labels.Finish("t.csv", &dataset);
  return dataset;
}

TEST(CsvLabelsTest, AreTheNumbersOfClasses) {
  const auto dataset = Read({"2", "0", "1.0"});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->labels, ElementsAre(2, 0, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("0", "1", "2"));
  EXPECT_THAT(dataset->notes, IsEmpty());
}

TEST(CsvLabelsTest, AreTextByItsPlaceInAlphabeticalOrder) {
  const auto dataset = Read({"dog", "cat", "none", "dog"});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("cat", "dog", "none"));
  EXPECT_THAT(dataset->labels, ElementsAre(1, 0, 2, 1));
  EXPECT_THAT(dataset->notes,
              ElementsAre("t.csv: labels are text: 3 classes, 'cat', 'dog', "
                          "'none'"));
}

TEST(CsvLabelsTest, AreTextByItsPlaceAmongKnownNames) {
  const auto dataset = Read({"cat", "cat"}, {"dog", "cat", "bird"});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->labels, ElementsAre(1, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("dog", "cat", "bird"));
  EXPECT_THAT(Read({"cat", "cow"}, {"dog", "cat"}),
              FailsWith(kInvalid,
                        "expected a label of the classes 'dog', 'cat', got "
                        "'cow'"));
}

TEST(CsvLabelsTest, StayNumbersWhereNamesAreKnown) {
  const auto dataset = Read({"1", "0"}, {"dog", "cat"});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->labels, ElementsAre(1, 0));
}

TEST(CsvLabelsTest, AreOfOneKind) {
  EXPECT_THAT(Read({"1", "two"}),
              FailsWith(kInvalid,
                        "a whole number as in the rows before, got "
                        "'two'"));
  EXPECT_THAT(Read({"one", "2"}),
              FailsWith(kInvalid, "text as in the rows before, got '2'"));
}

TEST(CsvLabelsTest, MustNotBeMissing) {
  for (const char* cell : {"", "NA", "nan", "?"}) {
    EXPECT_THAT(Read({cell}), FailsWith(kInvalid, "got a missing value"));
    EXPECT_THAT(Read({"cat", cell}),
                FailsWith(kInvalid, "got a missing value"));
  }
}

TEST(CsvLabelsTest, RefuseNumbersThatAreNoClass) {
  for (const char* cell : {"-1", "0.5", "65536", "inf", "1e30"}) {
    EXPECT_THAT(Read({cell}),
                FailsWith(kInvalid, "a whole number from 0 to 65535 or text"))
        << cell;
  }
}

TEST(CsvLabelsTest, BoundTheirTexts) {
  EXPECT_TRUE(Read({std::string(100, 'x')}).ok());
  EXPECT_THAT(Read({std::string(101, 'x')}),
              FailsWith(kInvalid, "at most 100 bytes, got one of 101"));
  std::vector<std::string> cells;
  for (int64_t i = 0; i <= kMaxClasses; ++i) {
    cells.push_back("c" + std::to_string(i));
  }
  EXPECT_THAT(Read(cells), FailsWith(kInvalid, "at most 65536 classes"));
}

TEST(CsvLabelsTest, AreNumberedAnewByNames) {
  auto dataset = Read({"b", "a", "b"});
  ASSERT_TRUE(dataset.ok());
  ASSERT_TRUE(NumberByNames({}, &*dataset).ok());
  EXPECT_THAT(dataset->labels, ElementsAre(1, 0, 1));
  ASSERT_TRUE(NumberByNames({"b", "z", "a"}, &*dataset).ok());
  EXPECT_THAT(dataset->labels, ElementsAre(0, 2, 0));
  EXPECT_THAT(dataset->class_names, ElementsAre("b", "z", "a"));
  EXPECT_THAT(NumberByNames({"b", "z"}, &*dataset),
              FailsWith(kInvalid,
                        "row 1 (counted from 0): expected a label of "
                        "the classes 'b', 'z', got 'a'"));
  auto numbers = Read({"1", "0"});
  ASSERT_TRUE(NumberByNames({"one", "zero"}, &*numbers).ok());
  EXPECT_THAT(numbers->labels, ElementsAre(1, 0));
}

}  // namespace
}  // namespace hypergan::data
