// Which rows a run trains on, and which it never sees.
#include "trainer/data/training_data.h"

#include <torch/script.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/data/image_files.h"
#include "tests/support/temp_folder.h"
#include "trainer/data/asked_rows.h"

namespace hypergan::trainer {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Rows "x,y" of x = first, first + 1, ..., each once.
std::string Lines(int64_t rows, int64_t first = 0) {
  std::string text;
  for (int64_t x = first; x < first + rows; ++x) {
    absl::StrAppend(&text, x, ",", 0.5 + x, "\n");
  }
  return text;
}

// Rows "x,class" of x that has no twin.
std::string Classes(int64_t rows, int64_t classes, int64_t first = 0) {
  std::string text;
  for (int64_t x = first; x < first + rows; ++x) {
    absl::StrAppend(&text, 0.25 + x, ",", x % classes, "\n");
  }
  return text;
}

std::set<double> Numbers(const Rows& rows) {
  std::set<double> numbers;
  for (int64_t i = 0; i < rows.size(); ++i) {
    numbers.insert(rows.inputs[i].item<double>());
  }
  return numbers;
}

class TrainingDataTest : public ::testing::Test {
 protected:
  TrainingOptions Options(const std::string& text) const {
    TrainingOptions options;
    options.data = folder_.Write("t.csv", text);
    options.target = "regression";
    return options;
  }

  // Of the architecture too: all that is done before a training.
  static absl::Status Prepare(const TrainingOptions& options) {
    const auto data = OpenTrainingData(options);
    if (!data.ok()) return data.status();
    return BuildArchitecture(options, *data).status();
  }

  static void ExpectInvalid(const TrainingOptions& options,
                            const std::string& text) {
    const absl::Status status = Prepare(options);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }

  static Manifest ManifestOf(const TrainingData& data) {
    Manifest manifest;
    manifest.task = data.task;
    manifest.input_shape = {1};
    manifest.num_outputs = 1;
    data::WriteRowRecord(data.record, &manifest.provenance);
    return manifest;
  }

  const TempFolder folder_;
};

TEST_F(TrainingDataTest, SetsTestRowsAsideOfATableOnItsOwn) {
  const auto data = OpenTrainingData(Options(Lines(100)));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->test.size(), 10);
  std::set<double> all = Numbers(data->test);
  for (const Rows* rows : {&data->split.training, &data->split.validation,
                           &data->split.calibration}) {
    for (const double number : Numbers(*rows)) {
      EXPECT_TRUE(all.insert(number).second) << number;
    }
  }
  EXPECT_EQ(all.size(), 100u);
  EXPECT_THAT(data->test_origin, HasSubstr("10 of the 100 rows"));
  EXPECT_THAT(data->notes, Contains(HasSubstr("10 of its 100 rows are set")));
  EXPECT_EQ(data->record.test_rows, 10);
  EXPECT_EQ(data->test.inputs.scalar_type(), torch::kFloat);
  EXPECT_EQ(data->split.training.inputs.scalar_type(), torch::kFloat);
}

TEST_F(TrainingDataTest, SetsAsideByTheSeedOfTheSplit) {
  TrainingOptions options = Options(Lines(100));
  const std::set<double> first = Numbers(OpenTrainingData(options)->test);
  options.seed = 2;
  EXPECT_NE(Numbers(OpenTrainingData(options)->test), first);
  options.split_seed = 1;
  EXPECT_EQ(Numbers(OpenTrainingData(options)->test), first);
}

TEST_F(TrainingDataTest, TakesTheTestSplitWhereThereIsOne) {
  folder_.Write("t.train.csv", Lines(100));
  folder_.Write("t.test.csv", Lines(5, 1000));
  const auto data = OpenTrainingData(Options(Lines(1)));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->test.size(), 5);
  EXPECT_EQ(data->record.test_rows, 0);
  EXPECT_EQ(data->split.training.size(),
            71);  // 10 to validate, 19 to calibrate
}

TEST_F(TrainingDataTest, HasNoTestRowsOfTooFew) {
  const auto data = OpenTrainingData(Options(Lines(9)));
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_FALSE(data->has_test());
  EXPECT_THAT(data->test_origin, HasSubstr("too few rows"));
  EXPECT_TRUE(data->validates_on_training);
  EXPECT_THAT(CountsOf(*data),
              AllOf(HasSubstr("none to validate (epochs are evaluated on the "
                              "training rows)"),
                    HasSubstr("0 to test")));
}

TEST_F(TrainingDataTest, RefusesTrainingRowsToValidateOrCalibrateWith) {
  TrainingOptions options = Options(Lines(100));
  const std::string same = options.data;
  for (const std::string& other :
       {same, folder_.Write("renamed.csv", Lines(100)),
        folder_.Write("named.csv", "x,y\n" + Lines(100)), same + "#rows=5",
        folder_.Write("part.csv", Lines(30, 95)),
        folder_.Write("more.csv", Lines(1000, -500))}) {
    options.validation_data = other;
    options.calibration_data = "";
    ExpectInvalid(options, "--validation_data: " + other +
                               ": expected rows that training does not see");
    std::swap(options.validation_data, options.calibration_data);
    ExpectInvalid(options, "--calibration_data: " + other);
  }
  options.calibration_data = folder_.Write("fresh.csv", Lines(50, 1000));
  EXPECT_TRUE(Prepare(options).ok());
}

TEST_F(TrainingDataTest, SaysThatRowsHaveTwoUses) {
  TrainingOptions options = Options(Lines(100));
  options.validation_data = folder_.Write("v.csv", Lines(50, 1000));
  options.calibration_data = folder_.Write("c.csv", Lines(50, 1040));
  const auto data = OpenTrainingData(options);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->notes, Contains(HasSubstr("10 of 50 rows are also among "
                                              "those to validate")));
}

TEST_F(TrainingDataTest, RefusesATestSplitOfTrainingRows) {
  folder_.Write("t.train.csv", Lines(100));
  folder_.Write("t.test.csv", Lines(20, 90));
  ExpectInvalid(Options(Lines(1)), "10 of 20 that are also in");
}

TEST_F(TrainingDataTest, AllowsWhatRowsOfFewKindsShareByChance) {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&text, i % 4, ",", i % 2, ".5\n");
  }
  TrainingOptions options = Options(text);
  options.validation_data = folder_.Write("v.csv", "1,1.5\n2,0.5\n3,1.5\n");
  const auto data = OpenTrainingData(options);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->notes, Contains(HasSubstr("3 of 3 rows are also in")));
  // The file itself is never by chance.
  options.validation_data = options.data;
  ExpectInvalid(options, "200 of 200");
}

TEST_F(TrainingDataTest, ReadsOtherTablesByTheNamesInTheData) {
  std::string text = "a,b,kind\n";
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&text, i, ",", -i, i % 2 == 0 ? ",cat\n" : ",dog\n");
  }
  TrainingOptions options = Options(text);
  options.csv.labels = true;
  options.validation_data =
      folder_.Write("v.csv", "b,a,kind\n1000,2000,dog\n1001,2001,dog\n");
  const auto data = OpenTrainingData(options);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->class_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(data->input_names, ElementsAre("a", "b"));
  const Rows& validation = data->split.validation;
  EXPECT_EQ(validation.inputs[0][0].item<float>(), 2000);
  EXPECT_EQ(validation.targets[0].item<int64_t>(), 1);
  options.validation_data = folder_.Write("v.csv", "a,b,kind\n1,2,cow\n");
  const auto refused = OpenTrainingData(options);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
}

TEST_F(TrainingDataTest, DecodesOtherPicturesAsThoseItTrainsOn) {
  const auto folder = [&](const std::string& name, int channels, int first) {
    for (int i = 0; i < 8; ++i) {
      folder_.Write(
          absl::StrCat(name, i < 6 ? "/train/" : "/test/",
                       i % 2 == 0 ? "cat/" : "dog/", i, ".png"),
          data::PlainPng(static_cast<uint8_t>(first + i), channels, 8));
    }
    return folder_.Path(name);
  };
  for (const int channels : {1, 3}) {
    const std::string of = absl::StrCat("of ", channels);
    TrainingOptions options;
    options.data = folder(of, channels, 10);
    options.validation_data = folder(of + ", validation", 4 - channels, 20);
    options.calibration_data = folder(of + ", calibration", 4 - channels, 30);
    const auto data = OpenTrainingData(options);
    ASSERT_TRUE(data.ok()) << data.status();
    for (const Rows* rows : {&data->split.training, &data->split.validation,
                             &data->split.calibration}) {
      EXPECT_EQ(rows->inputs.size(1), channels);
    }
  }
}

TEST_F(TrainingDataTest, FindsWrongLabelsBeforeTraining) {
  TrainingOptions options = Options(Classes(100, 2));
  options.csv.labels = true;
  options.target = folder_.Write("target.json", R"({"name": "two",
      "input_shape": [1], "layers": [{"kind": "linear", "outputs": 2}]})");
  EXPECT_TRUE(Prepare(options).ok());
  options.validation_data = folder_.Write("v.csv", "-1,1\n-2,7\n");
  ExpectInvalid(options, "v.csv: expected labels 0 to 1");
  ExpectInvalid(options, "got 7 in row 1 ");
  options.validation_data = "";
  options.calibration_data = folder_.Write("c.csv", "-1,2\n");
  ExpectInvalid(options, "c.csv: expected labels 0 to 1");
  options.calibration_data = "";
  folder_.Write("t.train.csv", Classes(100, 2));
  folder_.Write("t.test.csv", Classes(100, 3, 1000));
  ExpectInvalid(options, "t.csv: expected labels 0 to 1");
  // Also in rows that are set aside of the data themselves.
  options.data = folder_.Write("u.csv", Classes(99, 2) + "1e6,2\n");
  for (options.seed = 1; options.seed < 9; ++options.seed) {
    ExpectInvalid(options, "u.csv: expected labels 0 to 1");
  }
}

TEST_F(TrainingDataTest, FindsRowsOfAnotherFormBeforeTraining) {
  TrainingOptions options = Options(Lines(100));
  options.validation_data = folder_.Write("v.csv", "1,2,3\n");
  ExpectInvalid(options, "v.csv: expected rows [1]");
  options.validation_data = "";
  options.csv.target_columns = 2;
  options.data = folder_.Write("two.csv", "1,2,3\n4,5,6\n");
  ExpectInvalid(options, "two.csv: expected 1 target values a row");
}

TEST_F(TrainingDataTest, TrainsClassesOnlyAsAskedTo) {
  TrainingOptions options = Options(Classes(100, 3));
  const auto values = OpenTrainingData(options);
  EXPECT_EQ(values->task, Task::kRegression);
  EXPECT_THAT(values->notes, Contains(HasSubstr("--csv_labels")));
  options.csv.labels = true;
  const auto classes = OpenTrainingData(options);
  EXPECT_EQ(classes->task, Task::kClassification);
  EXPECT_THAT(classes->notes, Not(Contains(HasSubstr("--csv_labels"))));
  EXPECT_EQ(classes->class_names.size(), 3u);
}

TEST_F(TrainingDataTest, ClassNamesOrderOrRenameAllClasses) {
  TrainingOptions options = Options("x,class\n1,b\n2,a\n3,c\n4,a\n");
  options.csv.labels = true;
  options.class_names = {"c", "b", "a"};
  options.csv.class_names = options.class_names;
  const auto ordered = OpenTrainingData(options);
  ASSERT_TRUE(ordered.ok()) << ordered.status();
  EXPECT_EQ(ordered->class_names, options.class_names);
  options.class_names = {"x", "y", "z"};
  options.csv.class_names.clear();
  const auto renamed = OpenTrainingData(options);
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_EQ(renamed->class_names, options.class_names);
  options.class_names = {"a", "b", "z"};
  ExpectInvalid(options, "--class_names: ");
}

TEST_F(TrainingDataTest, RefusesClassesOfOneName) {
  TrainingOptions options = Options(Classes(100, 3));
  options.csv.labels = true;
  options.target.clear();
  options.class_names = {"a", "b", "a"};
  ExpectInvalid(options, "got two named 'a'");
}

TEST_F(TrainingDataTest, AsksTheRowsSetAsideOfTrainingRows) {
  const auto data = OpenTrainingData(Options(Lines(100)));
  const Manifest manifest = ManifestOf(*data);
  std::string reversed;
  for (int64_t x = 99; x >= 0; --x) reversed += Lines(1, x);
  for (const std::string& same :
       {folder_.Path("t.csv"), folder_.Write("copy.csv", reversed)}) {
    const auto asked = OpenAskedRows(same, {}, manifest);
    ASSERT_TRUE(asked.ok()) << asked.status();
    EXPECT_EQ(asked->kind, AskedRows::Kind::kSetAside);
    const std::vector<double>& values = asked->dataset.values;
    EXPECT_EQ(std::set<double>(values.begin(), values.end()),
              Numbers(data->test));
    EXPECT_THAT(asked->origin, HasSubstr("the 10 of its 100 rows"));
  }
}

TEST_F(TrainingDataTest, AsksOtherRowsWhole) {
  const Manifest manifest = ManifestOf(*OpenTrainingData(Options(Lines(100))));
  const auto asked =
      OpenAskedRows(folder_.Write("new.csv", Lines(30, 100)), {}, manifest);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->kind, AskedRows::Kind::kWhole);
  EXPECT_EQ(asked->dataset.rows, 30);
}

TEST_F(TrainingDataTest, NamesFiguresOnTrainingRowsByThem) {
  folder_.Write("t.train.csv", Lines(100));
  folder_.Write("t.test.csv", Lines(5, 1000));
  const Manifest manifest = ManifestOf(*OpenTrainingData(Options(Lines(1))));
  const auto test = OpenAskedRows(folder_.Path("t.csv"), {}, manifest);
  EXPECT_EQ(test->kind, AskedRows::Kind::kTestSplit);
  EXPECT_EQ(test->dataset.rows, 5);
  const auto trained = OpenAskedRows(folder_.Path("t.train.csv"), {}, manifest);
  ASSERT_TRUE(trained.ok()) << trained.status();
  EXPECT_EQ(trained->kind, AskedRows::Kind::kTrained);
  EXPECT_THAT(trained->origin, HasSubstr("100 %"));
  EXPECT_THAT(TrainedRowsWarning("x", trained->dataset, manifest),
              HasSubstr("x: about 100 %"));
  EXPECT_THAT(TrainedRowsWarning("x", test->dataset, manifest), IsEmpty());
}

TEST_F(TrainingDataTest, HasNoFiguresOfTrainingRowsWithoutOneSetAside) {
  const auto data = OpenTrainingData(Options(Lines(100)));
  std::string text;
  for (const double x : Numbers(data->split.training)) {
    text += Lines(1, static_cast<int64_t>(x));
  }
  const auto asked =
      OpenAskedRows(folder_.Write("a.csv", text), {}, ManifestOf(*data));
  EXPECT_TRUE(absl::IsInvalidArgument(asked.status())) << asked.status();
}

TEST_F(TrainingDataTest, SaysThatACheckpointDoesNotTellItsRows) {
  Manifest manifest = ManifestOf(*OpenTrainingData(Options(Lines(100))));
  manifest.provenance.clear();
  const auto asked = OpenAskedRows(folder_.Path("t.csv"), {}, manifest);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->kind, AskedRows::Kind::kUnknown);
  EXPECT_THAT(asked->origin, HasSubstr("does not say"));
}

TEST_F(TrainingDataTest, ChecksWhatIsAskedByTheCheckpoint) {
  Manifest manifest = ManifestOf(*OpenTrainingData(Options(Lines(100))));
  manifest.task = Task::kClassification;
  manifest.num_outputs = 2;
  const auto asked = OpenAskedRows(folder_.Write("l.csv", "-1,5\n"),
                                   {.labels = true}, manifest);
  EXPECT_THAT(std::string(asked.status().message()),
              HasSubstr("l.csv: expected labels 0 to 1"));
}

}  // namespace
}  // namespace hypergan::trainer
