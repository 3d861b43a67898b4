#include "base/regular_file.h"

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

class RegularFileTest : public testing::Test {
 protected:
  void ExpectRefused(const std::string& path, const std::string& got) {
    const auto text = ReadRegularFile(path, 1000);
    EXPECT_TRUE(absl::IsInvalidArgument(text.status())) << text.status();
    EXPECT_THAT(text.status().message(), HasSubstr(path));
    EXPECT_THAT(text.status().message(), HasSubstr("got " + got));
  }

  const TempFolder folder_;
};

TEST_F(RegularFileTest, IsReadUpToTheBound) {
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(*ReadRegularFile(folder_.Write("some", bytes), 4), bytes);
  EXPECT_EQ(*ReadRegularFile(folder_.Write("none", ""), 4), "");
  const std::string many(200'000, 'x');
  EXPECT_EQ(*ReadRegularFile(folder_.Write("many", many), 200'000), many);
  ExpectRefused(folder_.Path("many"), "more");
}

TEST_F(RegularFileTest, OtherKindsAreRefusedAtOnce) {
  ExpectRefused("/dev/zero", "a device");
  ExpectRefused(folder_.path(), "a folder");
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ExpectRefused(pipe, "a device, a pipe");
}

TEST_F(RegularFileTest, AMissingFileIsNotFound) {
  EXPECT_TRUE(
      absl::IsNotFound(ReadRegularFile(folder_.Path("nowhere"), 10).status()));
}

}  // namespace
}  // namespace hypergan
