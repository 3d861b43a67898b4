#include "data/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/data/idx_bytes.h"
#include "tests/data/image_files.h"
#include "tests/data/npy_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class ReadInputsTest : public testing::Test {
 protected:
  const TempFolder folder_;
};

TEST_F(ReadInputsTest, ReadsAnIdxFile) {
  const auto inputs =
      ReadInputs({folder_.Write("some.gz", Gzip(IdxImages(2, 1, 1, "ab")))});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->rows, 2);
}

TEST_F(ReadInputsTest, ReadsArrays) {
  const std::string x = NpyBytes("|u1", "(2, 3)", "abcdef");
  const auto inputs = ReadInputs({folder_.Write("x.npy", x)});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->values, ElementsAre(97, 98, 99, 100, 101, 102));
  WriteZip(folder_.Path("a.npz"),
           {{"x_train.npy", x}, {"x_test.npy", NpyBytes("|u1", "(1,)", "z")}});
  EXPECT_EQ(ReadInputs({folder_.Path("a.npz")})->rows, 1);
  EXPECT_EQ(ReadInputs({folder_.Path("x.npy#rows=1")})->rows, 1);
}

TEST_F(ReadInputsTest, ReadsImageFilesInTheirOrder) {
  const std::string a = folder_.Write("a", PlainPng(10, 1, 2));
  const std::string b = folder_.Write("b", PlainPng(20, 1, 2));
  const auto inputs = ReadInputs({b, a});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->row_shape, ElementsAre(1, 2, 2));
  EXPECT_THAT(inputs->pixels, ElementsAre(20, 20, 20, 20, 10, 10, 10, 10));
}

TEST_F(ReadInputsTest, DecodesToTheChannelsAskedFor) {
  const std::string path = folder_.Write("a.png", PlainPng(10, 1, 2));
  EXPECT_THAT(ReadInputs({path}, {.images = {.channels = 3}})->row_shape,
              ElementsAre(3, 2, 2));
}

TEST_F(ReadInputsTest, ReadsAFolderOfImagesByName) {
  folder_.Write("2.png", PlainPng(2, 1, 1));
  folder_.Write("1.png", PlainPng(1, 1, 1));
  const auto inputs = ReadInputs({folder_.path()});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->pixels, ElementsAre(1, 2));
}

TEST_F(ReadInputsTest, PassesOverWhatIsNoImageInAFolderOfImages) {
  folder_.Write("1.txt", "notes");
  folder_.Write("2.png", PlainPng(1, 1, 1));
  const auto inputs = ReadInputs({folder_.path()});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_EQ(inputs->rows, 1);
  EXPECT_THAT(inputs->notes,
              ElementsAre(AllOf(HasSubstr("1 file is no image and passed over"),
                                HasSubstr("1.txt"))));
}

TEST_F(ReadInputsTest, NamesTheFileThatShouldBeAnImageWhereverItStands) {
  folder_.Write("1.gif", "GIF89a");
  folder_.Write("2.png", PlainPng(1, 1, 1));
  EXPECT_THAT(ReadInputs({folder_.path()}),
              FailsWith(kInvalid, "/1.gif: expected a JPEG, PNG or WebP file"));
  EXPECT_THAT(ReadInputs({folder_.Path("2.png"), folder_.Write("3.txt", "")}),
              FailsWith(kInvalid, "/3.txt: expected a JPEG, PNG or WebP file"));
}

TEST_F(ReadInputsTest, ResizesPixelsOfEveryKind) {
  const InputsOptions options = {.images = {.height = 1, .width = 1}};
  const std::string png = folder_.Write("a.png", EncodePng({10, 20}, 1, 1, 2));
  EXPECT_THAT(ReadInputs({png}, options)->pixels, ElementsAre(15));
  const std::string idx = folder_.Write("idx", IdxImages(1, 2, 1, "ac"));
  const auto inputs = ReadInputs({idx}, options);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->pixels, ElementsAre('b'));
  EXPECT_THAT(inputs->row_shape, ElementsAre(1, 1, 1));
  EXPECT_THAT(ReadInputs({folder_.Write("t.csv", "1,2\n")}, options),
              FailsWith(kInvalid, "--resize: expected rows of pixels"));
}

TEST_F(ReadInputsTest, ReadsADataSetBesidePicturesAsTheDataSet) {
  folder_.Write("t10k-images-idx3-ubyte", IdxImages(1, 1, 1, "a"));
  folder_.Write("t10k-labels-idx1-ubyte", IdxLabels(1, "\x04"));
  folder_.Write("a-look-at-it.png", PlainPng(1, 1, 1));
  EXPECT_THAT(ReadInputs({folder_.path()})->labels, ElementsAre(4));
}

TEST_F(ReadInputsTest, DecodesADataSetToTheChannelsAskedFor) {
  folder_.Write("train/a/1.png", PlainPng(1, 3, 1));
  folder_.Write("test/a/1.png", PlainPng(2, 3, 1));
  EXPECT_THAT(
      ReadInputs({folder_.path()}, {.images = {.channels = 1}})->row_shape,
      ElementsAre(1, 1, 1));
  EXPECT_THAT(
      ReadInputs({folder_.path() + "#rows=1"}, {.images = {.channels = 1}})
          ->row_shape,
      ElementsAre(1, 1, 1));
}

TEST_F(ReadInputsTest, RefusesAPipeWithoutWaitingForIt) {
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ReadInputs({pipe}), FailsWith(kInvalid, "a regular file"));
  EXPECT_FALSE(ReadInputs({folder_.path()}).ok());
}

TEST_F(ReadInputsTest, ReadsATableAsInputsAlone) {
  const auto inputs = ReadInputs({folder_.Write("t.csv", "1,2\n3,4\n")});
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  EXPECT_THAT(inputs->row_shape, ElementsAre(2));
}

TEST_F(ReadInputsTest, ReadsTablesOfEveryEnding) {
  EXPECT_EQ(ReadInputs({folder_.Write("t.CSV", "1,2\n")})->rows, 1);
  EXPECT_EQ(ReadInputs({folder_.Write("t.csv.gz", Gzip("1,2\n3,4\n"))})->rows,
            2);
}

TEST_F(ReadInputsTest, ReadsTheTestSplitOfADataSet) {
  folder_.Write("t10k-images-idx3-ubyte", IdxImages(1, 1, 1, "a"));
  folder_.Write("t10k-labels-idx1-ubyte", IdxLabels(1, "\x04"));
  EXPECT_THAT(ReadInputs({folder_.path()})->labels, ElementsAre(4));
  EXPECT_EQ(ReadInputs({"generated:cubic"})->rows, 241);
}

TEST_F(ReadInputsTest, RefusesSeveralFilesThatAreNoImages) {
  const std::string table = folder_.Write("t.csv", "1,2\n");
  EXPECT_THAT(ReadInputs({table, table}),
              FailsWith(kInvalid, "JPEG, PNG or WebP"));
}

TEST_F(ReadInputsTest, RefusesWhatIsMissingOrUnknown) {
  EXPECT_THAT(ReadInputs({folder_.Path("nothing")}),
              FailsWith(absl::StatusCode::kNotFound, "nothing"));
  EXPECT_THAT(ReadInputs({folder_.Write("a.txt", "some text")}),
              FailsWith(kInvalid, "not an IDX file"));
  EXPECT_FALSE(ReadInputs({}).ok());
}

}  // namespace
}  // namespace hypergan::data
