// What columns are scaled by, and what is said about them.
#include "trainer/data/constants.h"

#include <torch/script.h>

#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trainer/data/column_report.h"

namespace hypergan::trainer {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A table of one input column and one target column.
data::Dataset Table(std::vector<double> inputs, std::vector<double> targets) {
  data::Dataset dataset;
  dataset.row_shape = {1};
  dataset.target_size = 1;
  dataset.rows = static_cast<int64_t>(inputs.size());
  dataset.values = std::move(inputs);
  dataset.targets = std::move(targets);
  return dataset;
}

// `count` numbers from `first` on, `step` apart.
std::vector<double> Steps(double first, double step, int count = 400) {
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(first + step * i);
  return numbers;
}

std::vector<double> Waves(int count = 400) {
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(std::sin(3.0 * i));
  return numbers;
}

Constants InputsOf(const data::Dataset& dataset) {
  return InputConstants(ToExactRows(dataset, Task::kRegression).value());
}

absl::StatusOr<std::vector<std::string>> Report(const data::Dataset& dataset) {
  const Rows rows = ToExactRows(dataset, Task::kRegression).value();
  const Constants targets = TargetConstants(rows);
  return ReportColumns("t.csv", dataset, InputConstants(rows), &targets);
}

TEST(ConstantsTest, AreThoseOfFloat64BesideALargeOffset) {
  for (const double offset : {0.0, 1e6, 1.7e9}) {
    const Constants constants =
        InputsOf(Table(Steps(offset, 1, 401), Waves(401)));
    EXPECT_THAT(constants.mean, ElementsAre(DoubleNear(offset + 200, 1e-6)));
    // Of 0 .. n - 1: n (n + 1) / 12.
    EXPECT_THAT(constants.deviation,
                ElementsAre(DoubleNear(std::sqrt(401 * 402 / 12.0), 1e-6)));
  }
}

// Divided by, or multiplied with, such deviations, float32 ends.
TEST(ConstantsTest, RefusesNumbersThatFloat32CannotScale) {
  for (const double size : {1e-40, 1e-33, 1e31, 3e38}) {
    std::vector<double> numbers = Waves();
    for (double& number : numbers) number *= size;
    for (const data::Dataset& dataset :
         {Table(numbers, Waves()), Table(Waves(), numbers)}) {
      const auto report = Report(dataset);
      EXPECT_TRUE(absl::IsInvalidArgument(report.status())) << size;
      EXPECT_THAT(std::string(report.status().message()),
                  AllOf(HasSubstr("t.csv: "), HasSubstr("column "),
                        HasSubstr("give it in another unit")));
    }
  }
  std::vector<double> numbers = Waves();
  for (double& number : numbers) number *= 1e-28;
  EXPECT_TRUE(Report(Table(numbers, Waves())).ok());
}

TEST(ConstantsTest, AConstantColumnIsNotScaled) {
  for (const double value : {0.0, 5000.1, -1e-30, 1e30, 0.1, 1.7e9}) {
    const Constants constants =
        InputsOf(Table(std::vector<double>(300, value), Waves(300)));
    EXPECT_THAT(constants.mean, ElementsAre(value));
    EXPECT_THAT(constants.deviation, ElementsAre(1));
  }
}

TEST(ConstantsTest, AColumnWithinRoundingOfItsMeanIsConstant) {
  std::vector<double> inputs(300, 5000.1);
  inputs[7] = std::nextafter(5000.1, 1e9);
  const Constants constants = InputsOf(Table(inputs, Waves(300)));
  EXPECT_THAT(constants.deviation, ElementsAre(1));
  EXPECT_EQ(ResolutionOf(constants, 0), Resolution::kConstant);
}

TEST(ConstantsTest, ASmallColumnIsScaledLikeAnyOther) {
  const Constants constants = InputsOf(Table(Steps(0, 1e-12), Waves()));
  EXPECT_NEAR(constants.deviation[0], 1e-12 * std::sqrt(400 * 401 / 12.0),
              1e-18);
  EXPECT_EQ(ResolutionOf(constants, 0), Resolution::kFine);
}

TEST(ConstantsTest, OneRowIsConstant) {
  const Constants constants = InputsOf(Table({3}, {4}));
  EXPECT_THAT(constants.mean, ElementsAre(3));
  EXPECT_THAT(constants.deviation, ElementsAre(1));
}

TEST(ConstantsTest, OfTargetsLikewise) {
  const Rows rows =
      ToExactRows(Table(Waves(), std::vector<double>(400, 5000.1)),
                  Task::kRegression)
          .value();
  EXPECT_THAT(TargetConstants(rows).mean, ElementsAre(5000.1));
  EXPECT_THAT(TargetConstants(rows).deviation, ElementsAre(1));
}

TEST(ConstantsTest, OfImagesAreThoseOfTheChannel) {
  Rows rows;
  rows.inputs =
      torch::tensor({0, 255, 51, 51}, torch::kByte).view({1, 2, 1, 2});
  const Constants constants = InputConstants(rows);
  EXPECT_THAT(constants.mean,
              ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(0.2, 1e-12)));
  EXPECT_THAT(constants.deviation,
              ElementsAre(DoubleNear(std::sqrt(0.5), 1e-12), 1));
}

TEST(ColumnReportTest, SaysNothingOfOrdinaryColumns) {
  const auto notes = Report(Table(Steps(-2, 0.01), Waves()));
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_THAT(*notes, IsEmpty());
}

TEST(ColumnReportTest, NamesAConstantColumn) {
  data::Dataset dataset = Table(std::vector<double>(400, 5000.1), Waves());
  EXPECT_THAT(*Report(dataset),
              ElementsAre(AllOf(HasSubstr("t.csv: column 1 is 5000.1"),
                                HasSubstr("constant"))));
  dataset.column_names = {"pressure", "y"};
  EXPECT_THAT(*Report(dataset),
              ElementsAre(HasSubstr("column 1 ('pressure') is 5000.1")));
}

TEST(ColumnReportTest, NamesAConstantTarget) {
  data::Dataset dataset = Table(Waves(), std::vector<double>(400, 0.25));
  dataset.column_names = {"x", "mass"};
  EXPECT_THAT(*Report(dataset),
              ElementsAre(HasSubstr("target column 2 ('mass') is 0.25")));
}

TEST(ColumnReportTest, RefusesAColumnThatFloat32MakesFewNumbersOf) {
  const auto seconds = Report(Table(Steps(1.7e9, 1), Waves()));
  EXPECT_TRUE(absl::IsInvalidArgument(seconds.status()));
  EXPECT_THAT(
      std::string(seconds.status().message()),
      AllOf(HasSubstr("t.csv: column 1: "),
            HasSubstr("1700000000 to 1700000399"), HasSubstr("in steps of 128"),
            HasSubstr("subtract a start from it")));
  const auto target = Report(Table(Waves(), Steps(1.7e9, 1)));
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr("t.csv: target column 2: "));
  // The same less its start is fine.
  EXPECT_THAT(*Report(Table(Steps(0, 1), Waves())), IsEmpty());
}

TEST(ColumnReportTest, WarnsOfAColumnThatLosesDigits) {
  const auto notes = Report(Table(Steps(1.7e9, 20), Waves()));
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_THAT(*notes, ElementsAre(HasSubstr("float32 loses digits")));
  EXPECT_THAT(*Report(Table(Steps(1.7e9, 3600), Waves())), IsEmpty());
}

TEST(ColumnReportTest, SaysOfWhatFloat32TakesForOneNumber) {
  const auto notes = Report(Table(Steps(1.7e9, 0.1), Waves()));
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_THAT(*notes, ElementsAre(HasSubstr("which float32 hardly tells")));
}

TEST(ColumnReportTest, BoundsItsLines) {
  constexpr int kColumns = 1000;
  data::Dataset dataset;
  dataset.row_shape = {kColumns};
  dataset.target_size = 1;
  dataset.rows = 20;
  dataset.values.assign(dataset.rows * kColumns, 1.5);
  dataset.targets = Waves(20);
  dataset.column_names.assign(kColumns + 1, std::string(500, 'n'));
  const auto notes = Report(dataset);
  ASSERT_TRUE(notes.ok()) << notes.status();
  EXPECT_THAT(*notes, ElementsAre(HasSubstr("and 992 more")));
  EXPECT_LT(notes->front().size(), 1200u);
}

TEST(ColumnReportTest, SaysThatClassesAreTrainedAsValues) {
  std::vector<double> classes;
  for (int i = 0; i < 400; ++i) classes.push_back(i % 3);
  EXPECT_THAT(*Report(Table(Steps(0, 1), classes)),
              ElementsAre(AllOf(HasSubstr("3 whole numbers"),
                                HasSubstr("--csv_labels"))));
  // Many, halves, and as many as there are rows are values.
  EXPECT_THAT(*Report(Table(Steps(0, 1), Steps(0, 1))), IsEmpty());
  classes[0] = 0.5;
  EXPECT_THAT(*Report(Table(Steps(0, 1), classes)), IsEmpty());
  EXPECT_THAT(*Report(Table(Steps(0, 1, 5), Steps(0, 1, 5))), IsEmpty());
}

}  // namespace
}  // namespace hypergan::trainer
