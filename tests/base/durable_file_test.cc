#include "base/durable_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/owned_fd.h"
#include "base/signals.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class DurableFileTest : public ::testing::Test {
 protected:
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  const TempFolder folder_;
};

TEST_F(DurableFileTest, IsReplacedWholeInFoldersThatItMakes) {
  const std::string path = folder_.Path("a/b/file");
  ASSERT_TRUE(WriteDurably(path, "long ago").ok());
  ASSERT_TRUE(WriteDurably(path, "now").ok());
  EXPECT_EQ(Read(path), "now");
  EXPECT_THAT(Names(), UnorderedElementsAre("a"));
}

TEST_F(DurableFileTest, RemovesWhatAKilledProcessLeft) {
  folder_.Write("file.123.tmp", "half");
  folder_.Write("file.99999999.tmp", "half");
  folder_.Write("file.123.tmp.txt", "of the user");
  folder_.Write("file.x.tmp", "of the user");
  folder_.Write("other.123.tmp", "of another file");
  ASSERT_TRUE(WriteDurably(folder_.Path("file"), "whole").ok());
  EXPECT_THAT(Names(), UnorderedElementsAre("file", "file.123.tmp.txt",
                                            "file.x.tmp", "other.123.tmp"));
}

TEST_F(DurableFileTest, LeavesAloneWhatAnotherProcessIsWriting) {
  const std::string busy = folder_.Write("file.123.tmp", "half");
  const int lock = open(busy.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  ASSERT_TRUE(WriteDurably(folder_.Path("file"), "whole").ok());
  EXPECT_THAT(Names(), UnorderedElementsAre("file", "file.123.tmp"));
  close(lock);
}

TEST_F(DurableFileTest, AFileThatMayNotGrowStaysAsItWas) {
  const std::string path = folder_.Write("file", "before");
  IgnoreFileSizeSignal();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = WriteDurably(path, std::string(5000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::strerror(EFBIG)));
  EXPECT_EQ(Read(path), "before");
  EXPECT_THAT(Names(), UnorderedElementsAre("file"));
}

TEST_F(DurableFileTest, APipeIsWrittenToAndStays) {
  const std::string pipe = absl::StrCat(folder_.path(), "/pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const OwnedFd reader(open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader.is_open());
  ASSERT_EQ(WriteDurably(pipe, "all"), absl::OkStatus());
  char text[8] = {};
  EXPECT_EQ(read(reader.get(), text, sizeof(text)), 3);
  EXPECT_STREQ(text, "all");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_THAT(Names(), UnorderedElementsAre("pipe"));
}

TEST_F(DurableFileTest, ALinkStaysOne) {
  const std::string file = absl::StrCat(folder_.path(), "/far/file");
  const std::string link = absl::StrCat(folder_.path(), "/link");
  ASSERT_EQ(WriteDurably(file, "old"), absl::OkStatus());
  std::filesystem::create_symlink("far/file", link);
  ASSERT_EQ(WriteDurably(link, "new"), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Read(file), "new");
}

TEST_F(DurableFileTest, AFolderInThePlaceOfTheFileIsAnError) {
  std::filesystem::create_directories(folder_.Path("file/inside"));
  const absl::Status status = WriteDurably(folder_.Path("file"), "x");
  EXPECT_THAT(std::string(status.message()), HasSubstr("renaming to"));
  EXPECT_THAT(Names(), UnorderedElementsAre("file"));
  folder_.Write("plain", "x");
  EXPECT_FALSE(WriteDurably(folder_.Path("plain/file"), "x").ok());
  EXPECT_FALSE(WriteDurably("", "x").ok());
}

}  // namespace
}  // namespace hypergan
