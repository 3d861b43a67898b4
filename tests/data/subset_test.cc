#include "data/subset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/inputs.h"
#include "data/open.h"
#include "tests/data/idx_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

// IDX files of images of one pixel, which is ten times the label and the
// number of the row; classes a, b, c, d.
class SubsetTest : public testing::Test {
 protected:
  SubsetTest() {
    Write("train", {3, 0, 1, 0, 2, 1, 3, 0});
    Write("t10k", {2, 2, 0, 1, 3});
    folder_.Write("classes.txt", "a\nb\nc\nd\n");
  }

  void Write(const std::string& stem, const std::string& labels) {
    const auto rows = static_cast<uint32_t>(labels.size());
    std::string pixels;
    for (size_t i = 0; i < labels.size(); ++i) {
      pixels.push_back(static_cast<char>(10 * labels[i] + i));
    }
    folder_.Write(stem + "-images-idx3-ubyte", IdxImages(rows, 1, 1, pixels));
    folder_.Write(stem + "-labels-idx1-ubyte", IdxLabels(rows, labels));
  }

  absl::StatusOr<Dataset> OpenHere(const std::string& suffix,
                                   Split split = Split::kTrain) {
    return Open(folder_.path() + suffix, split);
  }

  const TempFolder folder_;
};

TEST_F(SubsetTest, KeepsTheRowsOfARangeOfClasses) {
  const auto dataset = OpenHere("#classes=1-3");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 5);
  EXPECT_THAT(dataset->row_shape, ElementsAre(1, 1, 1));
  EXPECT_THAT(dataset->pixels, ElementsAre(30, 12, 24, 15, 36));
  EXPECT_THAT(dataset->labels, ElementsAre(2, 0, 1, 0, 2));
  EXPECT_THAT(dataset->class_names, ElementsAre("b", "c", "d"));
}

TEST_F(SubsetTest, LabelsInTheOrderGiven) {
  const auto dataset = OpenHere("#classes=3,0-1");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->pixels, ElementsAre(30, 1, 12, 3, 15, 36, 7));
  EXPECT_THAT(dataset->labels, ElementsAre(0, 1, 2, 1, 2, 0, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("d", "a", "b"));
}

TEST_F(SubsetTest, KeepsTheFirstRows) {
  const auto dataset = OpenHere("#rows=3");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->pixels, ElementsAre(30, 1, 12));
  EXPECT_THAT(dataset->labels, ElementsAre(3, 0, 1));
  EXPECT_EQ(dataset->class_names.size(), 4);
  EXPECT_EQ(OpenHere("#rows=8")->rows, 8);
  EXPECT_EQ(OpenHere("#rows=100")->rows, 8);
}

TEST_F(SubsetTest, CountsRowsAmongTheClassesWhateverTheOrderOfKeys) {
  for (const char* suffix : {"#classes=0-1&rows=3", "#rows=3&classes=0-1"}) {
    const auto dataset = OpenHere(suffix);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_THAT(dataset->pixels, ElementsAre(1, 12, 3));
    EXPECT_THAT(dataset->labels, ElementsAre(0, 1, 0));
  }
}

TEST_F(SubsetTest, KeepsTheFirstOfEachClass) {
  EXPECT_THAT(OpenHere("#per_class=1")->pixels, ElementsAre(30, 1, 12, 24));
  EXPECT_THAT(OpenHere("#per_class=2&rows=5&classes=0,3")->pixels,
              ElementsAre(30, 1, 3, 36));
}

TEST_F(SubsetTest, KeepsTheTestSplitWholeWhereOnlyTrainingRowsAreCounted) {
  EXPECT_EQ(OpenHere("#train_rows=3")->rows, 3);
  EXPECT_EQ(OpenHere("#train_rows=3&rows=2")->rows, 2);
  EXPECT_EQ(OpenHere("#train_rows=3", Split::kTest)->rows, 5);
}

TEST_F(SubsetTest, TakesTheSameClassesOfTheTestSplit) {
  const auto dataset = OpenHere("#classes=2-3", Split::kTest);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->labels, ElementsAre(0, 0, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("c", "d"));
  EXPECT_EQ(ReadInputs({folder_.path() + "#classes=2-3"})->labels,
            dataset->labels);
}

TEST_F(SubsetTest, RefusesClassesThatAreNotThere) {
  const std::string spec = folder_.path() + "#classes=2-4";
  EXPECT_THAT(
      Open(spec, Split::kTrain),
      FailsWith(kInvalid, spec + ": classes: expected labels of the data set's "
                                 "4 classes, the first of which is 0, got 4"));
}

TEST_F(SubsetTest, RefusesWhatIsNoListOfClasses) {
  for (const char* list : {"", "a", "-1", "1-", "3-1", "0,,1", "0-1-2", "0 1",
                           "65536", "0-9999999999999"}) {
    EXPECT_THAT(OpenHere(std::string("#classes=") + list),
                FailsWith(kInvalid, "classes: expected labels below 65536"))
        << list;
  }
  EXPECT_THAT(OpenHere("#classes=0-2,1"),
              FailsWith(kInvalid, "expected each label once, got 1 twice"));
}

TEST_F(SubsetTest, RefusesWhatIsNoCount) {
  for (const char* key : {"rows", "per_class", "train_rows"}) {
    for (const char* count : {"", "0", "-1", "x", "1.5"}) {
      EXPECT_THAT(OpenHere(std::string("#") + key + "=" + count),
                  FailsWith(kInvalid, std::string(key) +
                                          ": expected a whole number of at "
                                          "least 1, got '" +
                                          count + "'"));
    }
  }
}

TEST_F(SubsetTest, RefusesKeysThatItDoesNotKnow) {
  for (const char* suffix :
       {"#", "#class=1", "#0-4", "#rows=1&", "#rows=1&x"}) {
    EXPECT_THAT(OpenHere(suffix),
                FailsWith(kInvalid, "expected classes=, per_class=, rows= or"));
  }
  EXPECT_THAT(OpenHere("#rows=1&rows=2"),
              FailsWith(kInvalid, "expected each key once, got rows twice"));
}

TEST_F(SubsetTest, RefusesWhereNoRowIsLeft) {
  Write("t10k", {0, 1});
  EXPECT_THAT(OpenHere("#classes=2", Split::kTest),
              FailsWith(kInvalid, "expected rows of these classes, got none"));
}

TEST_F(SubsetTest, TakesRowsOfNumbersButNoClassesOfThem) {
  const auto whole = Open("generated:cubic", Split::kTrain);
  const auto some = Open("generated:cubic:0#rows=5", Split::kTrain);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(some->rows, 5);
  EXPECT_THAT(some->labels, IsEmpty());
  EXPECT_THAT(some->pixels, IsEmpty());
  EXPECT_EQ(some->values, std::vector<double>(whole->values.begin(),
                                              whole->values.begin() + 5));
  EXPECT_EQ(some->targets, std::vector<double>(whole->targets.begin(),
                                               whole->targets.begin() + 5));
  EXPECT_EQ(some->target_size, 1);
  EXPECT_THAT(Open("generated:cubic#classes=0", Split::kTrain),
              FailsWith(kInvalid, "expected rows with labels"));
  EXPECT_THAT(Open("generated:cubic#per_class=1", Split::kTrain),
              FailsWith(kInvalid, "expected rows with labels"));
}

TEST_F(SubsetTest, LeavesPathsWithTheMarkInThemAlone) {
  folder_.Write("c#/t.csv", "1,2\n3,4\n");
  folder_.Write("d#rows=1.csv", "1,2\n3,4\n");
  EXPECT_EQ(Open(folder_.Path("c#/t.csv"), Split::kTrain)->rows, 2);
  EXPECT_EQ(Open(folder_.Path("d#rows=1.csv"), Split::kTrain)->rows, 2);
  EXPECT_EQ(Open(folder_.Path("c#/t.csv#rows=1"), Split::kTrain)->rows, 1);
  EXPECT_THAT(Open(folder_.Path("nothing#rows=1"), Split::kTrain),
              FailsWith(kNotFound, "nothing: no such file or folder"));
}

}  // namespace
}  // namespace hypergan::data
