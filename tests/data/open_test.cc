#include "data/open.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/data/idx_bytes.h"
#include "tests/data/image_files.h"
#include "tests/data/npy_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class OpenTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> OpenHere(Split split) {
    return Open(folder_.path(), split);
  }

  void WriteIdx(const std::string& stem, const std::string& labels) {
    const auto rows = static_cast<uint32_t>(labels.size());
    folder_.Write(stem + "-images-idx3-ubyte",
                  IdxImages(rows, 1, 1, std::string(rows, 'x')));
    folder_.Write(stem + "-labels-idx1-ubyte.gz",
                  Gzip(IdxLabels(rows, labels)));
  }

  // A batch of CIFAR-10 with one record, its pixels all `label`.
  static std::string Batch(char label) { return std::string(1 + 3072, label); }

  void WriteCifar(const std::string& under) {
    for (int i = 1; i <= 5; ++i) {
      folder_.Write(under + "data_batch_" + std::to_string(i) + ".bin",
                    Batch(static_cast<char>(i)));
    }
    folder_.Write(under + "test_batch.bin", Batch(9));
  }

  const TempFolder folder_;
};

TEST_F(OpenTest, FindsIdxFilesOfEitherSplit) {
  WriteIdx("train", {0, 1, 2});
  WriteIdx("t10k", {1});
  const auto train = OpenHere(Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(train->class_names, ElementsAre("0", "1", "2"));
  const auto test = OpenHere(Split::kTest);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->labels, ElementsAre(1));
}

TEST_F(OpenTest, TakesClassNamesFromTheirFile) {
  WriteIdx("t10k", {1, 0});
  folder_.Write("classes.txt", "shirt\nbag\nboot\n\n");
  EXPECT_THAT(OpenHere(Split::kTest)->class_names,
              ElementsAre("shirt", "bag", "boot"));
}

TEST_F(OpenTest, RefusesFewerClassNamesThanLabels) {
  WriteIdx("t10k", {1, 0});
  folder_.Write("classes.txt", "shirt\n");
  EXPECT_THAT(OpenHere(Split::kTest),
              FailsWith(kInvalid, "a name for each of 2 classes, got 1"));
}

TEST_F(OpenTest, RefusesClassNamesThatAreEmptyOrLong) {
  WriteIdx("t10k", {1, 0});
  folder_.Write("classes.txt", "shirt\n\nbag\n");
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kInvalid, "got one of 0"));
  folder_.Write("classes.txt", "shirt\n" + std::string(129, 'x'));
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kInvalid, "got one of 129"));
}

TEST_F(OpenTest, SaysWhichIdxFileIsMissing) {
  WriteIdx("t10k", {1});
  EXPECT_TRUE(OpenHere(Split::kTest).ok());
  EXPECT_THAT(OpenHere(Split::kTrain),
              FailsWith(kNotFound, "train-images-idx3-ubyte[.gz]: missing"));
}

TEST_F(OpenTest, FindsCifarHereOrInItsFolder) {
  const std::string folder = "cifar-10-batches-bin/";
  WriteCifar(folder);
  const auto train = OpenHere(Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->row_shape, ElementsAre(3, 32, 32));
  EXPECT_THAT(train->labels, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(train->pixels[3072], 2);
  EXPECT_EQ(train->class_names.size(), 10);
  const auto test = Open(folder_.Path(folder), Split::kTest);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->labels, ElementsAre(9));
}

TEST_F(OpenTest, TakesCifarsClassNamesFromItsFile) {
  WriteCifar("");
  folder_.Write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  EXPECT_THAT(OpenHere(Split::kTest)->class_names,
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
}

TEST_F(OpenTest, RefusesDamagedCifarBatches) {
  WriteCifar("");
  folder_.Write("data_batch_3.bin", Batch(3).substr(1));
  EXPECT_THAT(OpenHere(Split::kTrain),
              FailsWith(kLost, "data_batch_3.bin: expected records of 3073"));
  folder_.Write("data_batch_3.bin", Batch(10));
  EXPECT_THAT(OpenHere(Split::kTrain),
              FailsWith(kInvalid, "expected labels 0 to 9, got 10"));
  folder_.Write("test_batch.bin", "");
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kLost, "got 0 bytes"));
}

TEST_F(OpenTest, ReadsFoldersOfImages) {
  folder_.Write("train/cat/2.png", PlainPng(2, 3, 4));
  folder_.Write("train/cat/1.png", PlainPng(1, 3, 4));
  folder_.Write("train/ant/1.png", PlainPng(3, 3, 4));
  folder_.Write("train/.hidden", "passed over");
  folder_.Write("train/ant/.hidden", "passed over");
  folder_.Write("test/cat/1.png", PlainPng(4, 3, 4));
  const auto train = OpenHere(Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->class_names, ElementsAre("ant", "cat"));
  EXPECT_THAT(train->row_shape, ElementsAre(3, 4, 4));
  EXPECT_THAT(train->labels, ElementsAre(0, 1, 1));
  EXPECT_EQ(train->pixels[0], 3);
  EXPECT_EQ(train->pixels[48], 1);
  EXPECT_EQ(train->pixels[96], 2);
  // A class that the test set lacks still counts.
  const auto test = OpenHere(Split::kTest);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->labels, ElementsAre(1));
  EXPECT_EQ(test->class_names, train->class_names);
}

TEST_F(OpenTest, RefusesAClassThatTrainingDoesNotKnow) {
  folder_.Write("train/cat/1.png", PlainPng(1, 3, 4));
  folder_.Write("test/dog/1.png", PlainPng(1, 3, 4));
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kInvalid, "got 'dog'"));
}

TEST_F(OpenTest, RefusesImagesOfSeveralSizes) {
  folder_.Write("train/cat/1.png", PlainPng(1, 3, 4));
  folder_.Write("train/cat/2.png", PlainPng(1, 3, 5));
  folder_.Write("test/cat/1.png", PlainPng(1, 3, 4));
  EXPECT_THAT(
      OpenHere(Split::kTrain),
      FailsWith(kInvalid, "2.png: expected 4 x 4 pixels (width x height) as "));
}

TEST_F(OpenTest, RefusesAFileThatIsNoImage) {
  folder_.Write("train/cat/1.png", "what");
  folder_.Write("test/cat/1.png", PlainPng(1, 3, 4));
  EXPECT_THAT(OpenHere(Split::kTrain), FailsWith(kInvalid, "cat/1.png"));
}

TEST_F(OpenTest, OneTableHasNoTestSplit) {
  const std::string path = folder_.Write("t.csv", "1,2\n");
  EXPECT_EQ(Open(path, Split::kTrain)->rows, 1);
  EXPECT_THAT(Open(path, Split::kTest),
              FailsWith(kNotFound, "t.train.csv and "));
  EXPECT_EQ(OpenToAsk(path)->rows, 1);
  // One of the two is none.
  folder_.Write("t.train.csv", "3,4\n");
  EXPECT_THAT(Open(path, Split::kTest), FailsWith(kNotFound, "t.test.csv"));
  EXPECT_THAT(Open(path, Split::kTrain)->values, ElementsAre(1));
}

TEST_F(OpenTest, ReadsTheSplitsOfArrays) {
  const std::string x = NpyBytes("|u1", "(2, 1, 1)", "ab");
  const std::string y = NpyBytes("|u1", "(2,)", std::string("\0\1", 2));
  const std::string path = folder_.Path("a.npz");
  WriteZip(path, {{"x_train.npy", x}, {"y_train.npy", y}});
  const auto train = Open(path + "#classes=1", Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->pixels, ElementsAre('b'));
  EXPECT_THAT(Open(path, Split::kTest), FailsWith(kNotFound, "x_test"));
  const std::string rows = folder_.Write("x.npy", x);
  EXPECT_EQ(Open(rows, Split::kTrain)->rows, 2);
  EXPECT_THAT(Open(rows, Split::kTest), FailsWith(kNotFound, "no test split"));
}

TEST_F(OpenTest, ReadsTablesOfEveryEnding) {
  folder_.Write("a.CSV", "1,2\n");
  folder_.Write("b.csv.gz", Gzip("1,2\n3,4\n"));
  folder_.Write("c.train.csv.gz", Gzip("1,2\n"));
  folder_.Write("c.test.csv.gz", Gzip("1,2\n3,4\n"));
  EXPECT_EQ(Open(folder_.Path("a.CSV"), Split::kTrain)->rows, 1);
  EXPECT_EQ(Open(folder_.Path("b.csv.gz"), Split::kTrain)->rows, 2);
  EXPECT_EQ(Open(folder_.Path("c.csv.gz"), Split::kTest)->rows, 2);
  EXPECT_EQ(OpenToAsk(folder_.Path("b.csv.gz#rows=1"))->rows, 1);
}

TEST_F(OpenTest, SaysThatATableBesideItsSplitsIsNotRead) {
  const std::string path = folder_.Write("t.csv", "9,9\n");
  folder_.Write("t.train.csv", "1,2\n");
  folder_.Write("t.test.csv", "3,4\n");
  const auto dataset = Open(path, Split::kTest);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(3));
  EXPECT_THAT(dataset->notes, ElementsAre(HasSubstr("t.csv: not read")));
}

TEST_F(OpenTest, ReadsATestTableByTheNamesInItsTrainingTable) {
  folder_.Write("t.train.csv", "b,a,kind\n1,2,dog\n3,4,ape\n");
  folder_.Write("t.test.csv", "a,b,kind\n6,5,dog\n");
  const CsvOptions csv = {.labels = true};
  const auto test = Open(folder_.Path("t.csv"), Split::kTest, csv);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->values, ElementsAre(5, 6));
  EXPECT_THAT(test->labels, ElementsAre(1));
  EXPECT_THAT(test->class_names, ElementsAre("ape", "dog"));
  folder_.Write("t.test.csv", "a,b,kind\n6,5,cat\n");
  EXPECT_THAT(Open(folder_.Path("t.csv"), Split::kTest, csv),
              FailsWith(kInvalid,
                        "t.test.csv:2: expected a label of the "
                        "classes 'ape', 'dog', got 'cat'"));
  folder_.Write("t.test.csv", "a,c,kind\n6,5,dog\n");
  EXPECT_THAT(Open(folder_.Path("t.csv"), Split::kTest, csv),
              FailsWith(kInvalid, "t.test.csv:1: "));
}

TEST_F(OpenTest, NumbersASubsetsTextsAsTheKnownNamesAre) {
  const std::string path = folder_.Write("t.csv", "1,a\n2,b\n3,c\n4,b\n");
  const auto dataset = Open(path + "#classes=1-2", Split::kTrain,
                            {.labels = true, .class_names = {"c", "b"}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->values, ElementsAre(2, 3, 4));
  EXPECT_THAT(dataset->labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("c", "b"));
  EXPECT_THAT(Open(path + "#rows=3", Split::kTrain,
                   {.labels = true, .class_names = {"c", "b"}}),
              FailsWith(kInvalid, "row 0"));
}

TEST_F(OpenTest, AsksAllRowsOfASetWithoutTestSplit) {
  WriteIdx("train", {0, 1, 2});
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kNotFound, "missing"));
  const auto dataset = OpenToAsk(folder_.path());
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 3);
  EXPECT_THAT(dataset->notes, ElementsAre(HasSubstr("has no test split")));
  EXPECT_THAT(OpenToAsk(folder_.Path("nothing")),
              FailsWith(kNotFound, "no such"));
}

TEST_F(OpenTest, ReadsAFolderOfTrainingImagesAlone) {
  folder_.Write("train/cat/1.png", PlainPng(1, 3, 4));
  EXPECT_EQ(OpenHere(Split::kTrain)->rows, 1);
  EXPECT_THAT(OpenHere(Split::kTest), FailsWith(kNotFound, "test: missing"));
}

TEST_F(OpenTest, ShowsNamesFromFilesWithoutTheirControlCharacters) {
  folder_.Write("train/cat/1.png", PlainPng(1, 3, 4));
  folder_.Write("test/d\x1b[2Jo\ng\xff/1.png", PlainPng(1, 3, 4));
  EXPECT_THAT(OpenHere(Split::kTest),
              FailsWith(kInvalid, "d\\x1b[2Jo\\x0ag\\xff"));
}

TEST_F(OpenTest, PrefersATableForEachSplit) {
  folder_.Write("t.train.csv", "1,2\n3,4\n");
  folder_.Write("t.test.csv", "5,6\n");
  EXPECT_EQ(Open(folder_.Path("t.csv"), Split::kTrain)->rows, 2);
  EXPECT_EQ(Open(folder_.Path("t.csv"), Split::kTest)->rows, 1);
}

TEST_F(OpenTest, GeneratesByNameAndSeed) {
  EXPECT_EQ(Open("generated:cubic", Split::kTrain)->rows, 20);
  EXPECT_EQ(Open("generated:cubic", Split::kTrain)->values,
            Open("generated:cubic:0", Split::kTrain)->values);
  EXPECT_NE(Open("generated:cubic:7", Split::kTrain)->values,
            Open("generated:cubic", Split::kTrain)->values);
  EXPECT_THAT(Open("generated:cubic:x", Split::kTrain),
              FailsWith(kInvalid, "got 'x'"));
  EXPECT_THAT(Open("generated:", Split::kTrain), FailsWith(kNotFound, "''"));
}

TEST_F(OpenTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(OpenHere(Split::kTrain),
              FailsWith(kInvalid, "train-images-idx3-ubyte"));
  EXPECT_THAT(Open(folder_.Path("nothing"), Split::kTrain),
              FailsWith(kNotFound, "no such file or folder"));
  EXPECT_THAT(Open(folder_.Write("a.txt", "1"), Split::kTrain),
              FailsWith(kInvalid, "a.txt"));
}

TEST_F(OpenTest, DecodesImagesOfBothSplitsToTheChannelsAskedFor) {
  folder_.Write("train/a/1.png", PlainPng(1, 1, 1));
  folder_.Write("test/a/1.png", PlainPng(1, 3, 1));
  for (const Split split : {Split::kTrain, Split::kTest}) {
    for (const int64_t channels : {1, 3}) {
      EXPECT_THAT(
          Open(folder_.path(), split, {}, {.channels = channels})->row_shape,
          ElementsAre(channels, 1, 1));
    }
  }
}

TEST_F(OpenTest, DecodesTheTestSplitAsTheTrainingSplit) {
  folder_.Write("train/a/1.png", PlainPng(1, 1, 1));
  folder_.Write("test/a/1.png", PlainPng(1, 3, 1));
  EXPECT_THAT(OpenHere(Split::kTest)->row_shape, ElementsAre(1, 1, 1));
  folder_.Write("train/a/2.png", PlainPng(1, 3, 1));
  folder_.Write("test/a/1.png", PlainPng(1, 1, 1));
  EXPECT_THAT(OpenHere(Split::kTrain)->row_shape, ElementsAre(3, 1, 1));
  EXPECT_THAT(OpenHere(Split::kTest)->row_shape, ElementsAre(3, 1, 1));
}

}  // namespace
}  // namespace hypergan::data
