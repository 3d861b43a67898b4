#include "data/images/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "data/limits.h"
#include "tests/data/image_files.h"
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

class ImageFolderTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> Read() {
    const std::vector<std::string> classes = {"ant", "cat"};
    return ReadImageFolder(folder_.path(), classes);
  }

  const TempFolder folder_;
};

TEST_F(ImageFolderTest, IsColourIfAnyFileOfAnyClassIs) {
  folder_.Write("ant/1.png", PlainPng(1, 1, 1));
  folder_.Write("cat/1.png", EncodePng({10, 20, 30}, 3, 1, 1));
  const auto dataset = Read();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(3, 1, 1));
  EXPECT_THAT(dataset->pixels, ElementsAre(1, 1, 1, 10, 20, 30));
  EXPECT_THAT(dataset->labels, ElementsAre(0, 1));
}

TEST_F(ImageFolderTest, NamesTheFileThatCannotBeDecoded) {
  for (int i = 0; i < 9; ++i) {
    folder_.Write("ant/" + std::to_string(i) + ".png", PlainPng(1, 1, 4));
  }
  folder_.Write("ant/bad.png", PlainPng(1, 1, 4).substr(0, 40));
  EXPECT_THAT(Read(), FailsWith(kLost, "/ant/bad.png: damaged PNG"));
}

TEST_F(ImageFolderTest, NamesADanglingLink) {
  folder_.Write("ant/1.png", PlainPng(1, 1, 1));
  std::filesystem::create_symlink("nothing", folder_.Path("ant/2.png"));
  EXPECT_THAT(Read(), FailsWith(kNotFound, "/ant/2.png"));
  std::filesystem::remove(folder_.Path("ant/2.png"));
  std::filesystem::create_symlink("nothing", folder_.Path("cat"));
  EXPECT_THAT(Read(), FailsWith(kNotFound, "/cat"));
}

TEST_F(ImageFolderTest, FollowsLinksToFilesAndFolders) {
  folder_.Write("ant/1.png", PlainPng(1, 1, 1));
  std::filesystem::create_symlink("1.png", folder_.Path("ant/2.png"));
  std::filesystem::create_symlink("ant", folder_.Path("cat"));
  EXPECT_EQ(Read()->rows, 4);
}

TEST_F(ImageFolderTest, CountsFilesThatAreNoImageAndNotNamedAsOne) {
  folder_.Write("ant/1.png", PlainPng(1, 1, 1));
  folder_.Write("ant/Thumbs.db", "not a picture");
  folder_.Write("cat/named-as-nothing", PlainPng(2, 1, 1));
  // Larger than any image may be.
  folder_.Write("cat/notes.txt", std::string(kMaxImageFileBytes + 1, 'x'));
  const auto dataset = Read();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->pixels, ElementsAre(1, 2));
  EXPECT_THAT(dataset->notes,
              ElementsAre(AllOf(HasSubstr("2 files are no image"),
                                HasSubstr("/ant/Thumbs.db"))));
  folder_.Write("cat/scan.gif", "GIF89a");
  EXPECT_THAT(Read(), FailsWith(kInvalid, "/cat/scan.gif: expected a JPEG"));
}

TEST_F(ImageFolderTest, ResizesEveryFile) {
  folder_.Write("ant/1.png", PlainPng(1, 1, 3));
  folder_.Write("cat/1.png", PlainPng(2, 1, 1));
  const std::vector<std::string> classes = {"ant", "cat"};
  const auto dataset =
      ReadImageFolder(folder_.path(), classes, {.height = 1, .width = 2});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->row_shape, ElementsAre(1, 1, 2));
  EXPECT_THAT(dataset->pixels, ElementsAre(1, 1, 2, 2));
}

TEST(ReadImagesTest, NamesTheFileInItsErrors) {
  const TempFolder folder;
  EXPECT_THAT(ReadImages({folder.Write("a.png", "nothing")}),
              FailsWith(kInvalid, "a.png: expected a JPEG, PNG or WebP file"));
  EXPECT_THAT(ReadImages({folder.Path("b.png")}),
              FailsWith(kNotFound, "b.png"));
}

TEST(ReadImagesTest, RefusesFilesBeyondTheLimit) {
  const TempFolder folder;
  const std::string bytes(kMaxImageFileBytes + 1, 'x');
  EXPECT_THAT(ReadImages({folder.Write("a.png", bytes)}),
              FailsWith(kInvalid, "expected at most 33554432 bytes"));
}

}  // namespace
}  // namespace hypergan::data
