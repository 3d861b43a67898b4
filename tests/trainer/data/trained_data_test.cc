#include "trainer/data/trained_data.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::trainer {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class TrainedDataTest : public ::testing::Test {
 protected:
  // Rows "x,2x,class"; a row's class is a word.
  static std::string Table(int64_t rows, int64_t first = 0) {
    std::string text = "x,y,class\n";
    for (int64_t i = first; i < first + rows; ++i) {
      absl::StrAppend(&text, i, ",", 2 * i, ",", i % 2 == 0 ? "cat" : "dog",
                      "\n");
    }
    return text;
  }

  TrainingOptions Options(const std::string& text) const {
    TrainingOptions options;
    options.data = folder_.Write("t.csv", text);
    options.csv.labels = true;
    return options;
  }

  TrainingData Train(const TrainingOptions& options) {
    TrainingData data = OpenTrainingData(options).value();
    manifest_.task = Task::kClassification;
    manifest_.input_shape = {2};
    manifest_.num_outputs = 2;
    manifest_.class_names = data.class_names;
    manifest_.input_names = data.input_names;
    data::WriteRowRecord(data.record, &manifest_.provenance);
    return data;
  }

  void ExpectInvalid(const TrainingOptions& options,
                     const std::set<std::string>& given,
                     const std::string& text) {
    EXPECT_THAT(OpenTrainedData(options, given, manifest_),
                FailsWith(kInvalid, text));
  }

  const TempFolder folder_;
  Manifest manifest_;
};

TEST_F(TrainedDataTest, EveryRowIsForWhatItWasFor) {
  TrainingOptions options = Options(Table(200));
  options.seed = 5;
  options.split = {.validation = 30, .calibration = 25, .training = 70};
  const TrainingData then = Train(options);
  // Flags that nobody gave say something else.
  options.seed = 1;
  options.split = {};
  const auto now = OpenTrainedData(options, {}, manifest_);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_EQ(now->split.training.size(), 70);
  EXPECT_TRUE(now->split.training.inputs.equal(then.split.training.inputs));
  EXPECT_TRUE(now->split.validation.inputs.equal(then.split.validation.inputs));
  EXPECT_TRUE(
      now->split.calibration.inputs.equal(then.split.calibration.inputs));
  EXPECT_TRUE(now->test.inputs.equal(then.test.inputs));
}

TEST_F(TrainedDataTest, SoItIsOfFewRowsAndASeedOfZero) {
  TrainingOptions options = Options(Table(40));
  options.seed = 0;
  const TrainingData then = Train(options);
  options.seed = 1;
  const auto now = OpenTrainedData(options, {"seed"}, manifest_);
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_TRUE(now->split.validation.inputs.equal(then.split.validation.inputs));
}

TEST_F(TrainedDataTest, RefusesFlagsThatShareOutRowsAnew) {
  TrainingOptions options = Options(Table(200));
  options.split = {.validation = 20, .calibration = 20};
  Train(options);
  options.split.validation = 30;
  ExpectInvalid(options, {"validation_rows"},
                "--validation_rows: expected the 20 rows of the checkpoint's "
                "training, got 30");
  options.split = {.validation = 20, .calibration = 20, .training = 100};
  ExpectInvalid(options, {"training_rows"},
                "--training_rows: expected the 140 rows");
  options.split_seed = 9;
  ExpectInvalid(options, {"split_seed"}, "--split_seed: expected 1");
}

TEST_F(TrainedDataTest, RefusesOtherRows) {
  Train(Options(Table(200)));
  ExpectInvalid(Options(Table(200, 1)), {},
                "expected the 200 rows that the checkpoint was trained on, in "
                "their order and with their labels, got 200, not these");
  ExpectInvalid(Options(Table(199)), {}, "labels, got 199");
}

// What a row is for follows from its place.
TEST_F(TrainedDataTest, RefusesItsRowsInAnotherOrderOrWithOtherLabels) {
  Train(Options(Table(200)));
  const std::string rows = Table(200);
  const size_t header = rows.find('\n') + 1;
  const size_t first = rows.find('\n', header) + 1;
  const std::string last_first =
      absl::StrCat(rows.substr(0, header), rows.substr(first),
                   rows.substr(header, first - header));
  ExpectInvalid(Options(last_first), {}, "in their order");
  std::string other_label = rows;
  other_label.replace(other_label.rfind("dog"), 3, "cat");
  ExpectInvalid(Options(other_label), {}, "with their labels");
}

TEST_F(TrainedDataTest, TakesRowsFromElsewhereAsTheTrainingDid) {
  TrainingOptions options = Options(Table(200));
  options.split = {.calibration = 20, .training = 100};
  options.validation_data = folder_.Write("v.csv", Table(30, 1000));
  Train(options);
  EXPECT_TRUE(OpenTrainedData(options, {}, manifest_).ok());
  options.validation_data.clear();
  ExpectInvalid(options, {"validation_rows"},
                "--validation_data: expected the rows from elsewhere");
  options.validation_data = folder_.Path("v.csv");
  options.calibration_data = folder_.Write("c.csv", Table(30, 2000));
  ExpectInvalid(options, {}, "--calibration_data: expected none");
}

TEST_F(TrainedDataTest, RefusesWhatTheCheckpointCannotTake) {
  Train(Options(Table(200)));
  manifest_.provenance.clear();
  const std::set<std::string> given = {"validation_rows", "calibration_rows"};
  TrainingOptions values = Options(Table(200));
  values.csv.labels = false;
  values.csv.target_names = {"y"};
  values.csv.drop_columns = {"class"};
  manifest_.input_names.clear();
  ExpectInvalid(values, given,
                "expected data for the checkpoint's task, classification, got "
                "data for regression");
  TrainingOptions narrow = Options(Table(200));
  narrow.csv.drop_columns = {"y"};
  ExpectInvalid(narrow, given, "expected rows [2]");
  manifest_.class_names = {"cat", "cow", "dog"};
  manifest_.num_outputs = 3;
  // A table is read by the names of the classes.
  EXPECT_TRUE(OpenTrainedData(Options(Table(200)), given, manifest_).ok());
  manifest_.class_names = {"cat", "cow", "eel"};
  ExpectInvalid(Options(Table(200)), given, "expected a label of the classes");
}

TEST_F(TrainedDataTest, AsksHowManyRowsWhereTheCheckpointDoesNotSay) {
  TrainingOptions options = Options(Table(200));
  Train(options);
  for (const char* name :
       {"training_rows", "validation_rows", "calibration_rows"}) {
    manifest_.provenance.erase(name);
  }
  ExpectInvalid(options, {"validation_rows"},
                "--calibration_rows: the checkpoint does not say how many "
                "there were; give --calibration_rows or --calibration_data");
  const auto data = OpenTrainedData(
      options, {"validation_rows", "calibration_rows"}, manifest_);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->notes, ::testing::Contains(::testing::HasSubstr(
                               "does not say which rows were set aside")));
}

}  // namespace
}  // namespace hypergan::trainer
