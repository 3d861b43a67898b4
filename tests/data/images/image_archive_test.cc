#include "data/images/image_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/images/image_folder.h"
#include "data/limits.h"
#include "data/open.h"
#include "tests/data/idx_bytes.h"
#include "tests/data/image_files.h"
#include "tests/data/tar_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

std::string Picture(const std::string& path, uint8_t level) {
  return TarEntryBytes(path, PlainPng(level, 3, 4));
}

class ImageArchiveTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> OpenHere(Split split) {
    return Open(folder_.path(), split);
  }
  absl::StatusOr<Dataset> Read(const std::string& entries) {
    const std::vector<std::string> classes = {"ant", "cat"};
    return ReadImageArchive(folder_.Write("a.tar", entries + TarEnd()), "train",
                            classes);
  }

  const TempFolder folder_;
};

TEST_F(ImageArchiveTest, SortsByClassAndFileWhateverTheArchivesOrder) {
  const auto dataset =
      Read(Picture("train/cat/2.png", 2) + Picture("train/ant/1.png", 3) +
           Picture("train/cat/1.png", 1));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(3, 4, 4));
  EXPECT_EQ(dataset->rows, 3);
  EXPECT_THAT(dataset->labels, ElementsAre(0, 1, 1));
  EXPECT_THAT(dataset->class_names, ElementsAre("ant", "cat"));
  EXPECT_EQ(dataset->pixels[0], 3);
  EXPECT_EQ(dataset->pixels[48], 1);
  EXPECT_EQ(dataset->pixels[96], 2);
}

TEST_F(ImageArchiveTest, GivesWhatTheUnpackedFolderWould) {
  std::string tar;
  const auto put = [&](const std::string& path, const std::string& bytes) {
    tar += TarEntryBytes(path, bytes);
    folder_.Write(path, bytes);
  };
  put("train/cat/10.png", PlainPng(1, 3, 4));
  put("train/cat/9.png", PlainPng(2, 3, 4));
  put("train/Cat/1.jpg", EncodeJpeg(std::vector<uint8_t>(48, 9), 3, 4, 4));
  put("train/.hidden/1.png", "passed over");
  put("train/cat/.hidden", "passed over");
  put("train/cat/deeper/1.png", "passed over");
  put("train/1.png", "passed over");
  put("other/cat/1.png", "passed over");
  tar += TarEntryBytes("train/empty/", "", '5') + TarEnd();
  folder_.Write("train/empty/.hidden", "");
  const std::string path = folder_.Write("a.tar.gz", Gzip(tar));
  const std::string root = folder_.Path("train");

  const auto folders = ListArchiveFolders(path, "train");
  ASSERT_TRUE(folders.ok()) << folders.status();
  EXPECT_THAT(*folders, ElementsAre("Cat", "cat", "empty"));
  EXPECT_EQ(*folders, *ListFolders(root));
  const auto packed = ReadImageArchive(path, "train", *folders);
  ASSERT_TRUE(packed.ok()) << packed.status();
  const auto unpacked = ReadImageFolder(root, *folders);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(packed->pixels, unpacked->pixels);
  EXPECT_EQ(packed->labels, unpacked->labels);
  EXPECT_EQ(packed->class_names, unpacked->class_names);
}

TEST_F(ImageArchiveTest, OpensEitherSplitPlainOrGzipped) {
  folder_.Write("train.tar.gz", Gzip(Picture("train/ant/1.png", 1) +
                                     Picture("train/cat/1.png", 2) + TarEnd()));
  folder_.Write("test.tar", Picture("test/cat/1.png", 3) + TarEnd());
  const auto train = OpenHere(Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  EXPECT_THAT(train->labels, ElementsAre(0, 1));
  // A class that the test set lacks still counts.
  const auto test = OpenHere(Split::kTest);
  ASSERT_TRUE(test.ok()) << test.status();
  EXPECT_THAT(test->labels, ElementsAre(1));
  EXPECT_EQ(test->pixels[0], 3);
  EXPECT_EQ(test->class_names, train->class_names);
}

TEST_F(ImageArchiveTest, SaysWhichArchiveIsMissing) {
  folder_.Write("train.tar", Picture("train/cat/1.png", 1) + TarEnd());
  EXPECT_TRUE(OpenHere(Split::kTrain).ok());
  EXPECT_THAT(OpenHere(Split::kTest),
              FailsWith(kNotFound, "/test.tar[.gz]: missing"));
  const TempFolder other;
  other.Write("test.tar", Picture("test/cat/1.png", 1) + TarEnd());
  EXPECT_THAT(Open(other.path(), Split::kTest),
              FailsWith(kNotFound, "/train.tar[.gz]: missing"));
}

TEST_F(ImageArchiveTest, RefusesAClassThatTrainingDoesNotKnow) {
  folder_.Write("train.tar", Picture("train/cat/1.png", 1) + TarEnd());
  folder_.Write("test.tar", Picture("test/dog/1.png", 1) + TarEnd());
  EXPECT_THAT(OpenHere(Split::kTest),
              FailsWith(kInvalid,
                        "test.tar: expected folders named as the 1 "
                        "classes are, got 'dog'"));
}

TEST_F(ImageArchiveTest, NamesBothImagesOfDifferentSizes) {
  EXPECT_THAT(Read(Picture("train/cat/1.png", 1) +
                   TarEntryBytes("train/cat/2.png", PlainPng(1, 3, 5))),
              FailsWith(kInvalid,
                        "a.tar: train/cat/2.png: expected 4 x 4 pixels (width "
                        "x height) as "));
}

TEST_F(ImageArchiveTest, DecodesBothSplitsToTheSameChannels) {
  const std::string grey = PlainPng(1, 1, 1);
  folder_.Write("train.tar",
                TarEntryBytes("train/ant/1.png", grey) +
                    TarEntryBytes("train/cat/2.png", PlainPng(1, 3, 1)) +
                    TarEnd());
  folder_.Write("test.tar", TarEntryBytes("test/ant/1.png", grey) + TarEnd());
  for (const Split split : {Split::kTrain, Split::kTest}) {
    EXPECT_THAT(OpenHere(split)->row_shape, ElementsAre(3, 1, 1));
    EXPECT_THAT(Open(folder_.path(), split, {}, {.channels = 1})->row_shape,
                ElementsAre(1, 1, 1));
  }
}

TEST_F(ImageArchiveTest, RefusesAFileThatIsNoImage) {
  EXPECT_THAT(
      Read(TarEntryBytes("train/cat/1.png", "what")),
      FailsWith(kInvalid,
                "a.tar: train/cat/1.png: expected a JPEG, PNG or WebP"));
  EXPECT_THAT(
      Read(TarEntryBytes("train/cat/1.png", PlainPng(1, 3, 4).substr(0, 40))),
      FailsWith(kLost, "a.tar: train/cat/1.png: damaged PNG"));
}

TEST_F(ImageArchiveTest, RefusesAFileThatIsThereTwice) {
  EXPECT_THAT(
      Read(Picture("train/cat/1.png", 1) + Picture("./train/cat/1.png", 2)),
      FailsWith(kInvalid, "'train/cat/1.png' twice"));
}

TEST_F(ImageArchiveTest, RefusesFilesBeyondTheLimit) {
  EXPECT_THAT(Read(TarHeader("train/cat/1.png", kMaxImageFileBytes + 1)),
              FailsWith(kInvalid,
                        "a.tar: train/cat/1.png: expected at most 33554432 "
                        "bytes, got 33554433"));
}

TEST_F(ImageArchiveTest, RefusesAnArchiveWithoutImages) {
  EXPECT_THAT(Read(Picture("cat/1.png", 1)),
              FailsWith(kInvalid, "expected images as train/CLASS/FILE"));
}

TEST_F(ImageArchiveTest, HoldsToItsLimits) {
  const std::string path =
      folder_.Write("a.tar", Picture("train/cat/1.png", 1) +
                                 Picture("train/cat/2.png", 1) + TarEnd());
  const ArchiveLimits limits{.entries = 1};
  const std::vector<std::string> classes = {"cat"};
  EXPECT_THAT(ReadImageArchive(path, "train", classes, {}, limits),
              FailsWith(kInvalid, "a.tar: expected at most 1 entries"));
  EXPECT_THAT(ListArchiveFolders(path, "train", limits),
              FailsWith(kInvalid, "a.tar: expected at most 1 entries"));
}

TEST_F(ImageArchiveTest, RefusesMoreFoldersThanTheLimit) {
  std::string tar;
  tar.reserve((kMaxClasses + 3) * 512);
  for (int64_t i = 0; i <= kMaxClasses; ++i) {
    tar += TarHeader("train/" + std::to_string(i) + "/", 0, '5');
  }
  EXPECT_THAT(
      ListArchiveFolders(folder_.Write("a.tar", tar + TarEnd()), "train"),
      FailsWith(kInvalid, "expected at most 65536 folders"));
}

TEST_F(ImageArchiveTest, NamesATruncatedArchive) {
  const std::string whole = Gzip(Picture("train/cat/1.png", 1) +
                                 Picture("train/cat/2.png", 2) + TarEnd());
  folder_.Write("test.tar.gz", whole);
  folder_.Write("train.tar.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(OpenHere(Split::kTrain), FailsWith(kLost, "train.tar.gz: "));
  // Where it ends, once it is longer than a piece that is read at a time.
  std::string noise(1 << 20, '\0');
  for (size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<char>(i * i * 2654435761u >> 13);
  }
  const std::string longer = Picture("train/cat/1.png", 1) +
                             TarEntryBytes("train/cat/2.png", noise) + TarEnd();
  const std::string packed = Gzip(longer);
  for (const std::string& half : {longer.substr(0, longer.size() / 2),
                                  packed.substr(0, packed.size() / 2)}) {
    folder_.Write("train.tar.gz", half);
    EXPECT_THAT(OpenHere(Split::kTrain),
                FailsWith(kLost, "(in or after 'train/cat/2.png')"));
  }
}

TEST_F(ImageArchiveTest, CountsFilesThatAreNoImageAndNotNamedAsOne) {
  const auto dataset = Read(
      TarEntryBytes("train/ant/1.png", PlainPng(1, 1, 1)) +
      TarEntryBytes("train/ant/notes.txt", "notes") +
      TarEntryBytes("train/ant/large", std::string(kMaxImageFileBytes + 1, 0)));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows, 1);
  EXPECT_THAT(dataset->notes,
              ElementsAre(AllOf(HasSubstr("2 files are no image"),
                                HasSubstr("a.tar: train/ant/large"))));
}

}  // namespace
}  // namespace hypergan::data
