#include "server/serving/models/snapshot.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/digest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;

absl::Status GoOn() { return absl::OkStatus(); }

class SnapshotTest : public testing::Test {
 protected:
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  void WriteDigest(const std::string& line) const {
    std::ofstream(DigestPath(path_)) << line;
  }
  static std::string Contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  absl::Status Status() const { return Snapshot::Of(path_, GoOn).status(); }

  const TempFolder folder_;
  const std::string path_ = folder_.Path("model.pt");
};

TEST_F(SnapshotTest, IsACopyThatNobodyChanges) {
  Write("first");
  const auto snapshot = Snapshot::Of(path_, GoOn);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  // Overwritten in place, and cut.
  Write("second content");
  std::filesystem::resize_file(path_, 3);
  EXPECT_EQ(Contents(snapshot->path()), "first");
  EXPECT_EQ(snapshot->bytes(), 5);
  EXPECT_EQ(snapshot->digest(), Sha256("first"));
  std::ofstream writer(snapshot->path());
  writer << "third" << std::flush;
  EXPECT_FALSE(writer.good());
  EXPECT_EQ(Contents(snapshot->path()), "first");
}

TEST_F(SnapshotTest, ComparesTheDigestBesideIt) {
  for (const std::string bytes : {"some bytes", ""}) {
    Write(bytes);
    WriteDigest(DigestLine(Sha256(bytes), path_));
    const auto snapshot = Snapshot::Of(path_, GoOn);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    EXPECT_EQ(snapshot->digest(), Sha256(bytes));
    WriteDigest(DigestLine(Sha256("others"), path_));
    EXPECT_EQ(Status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(Status().message()),
                HasSubstr("model.pt: expected the digest of "));
  }
  WriteDigest("rubbish");
  EXPECT_EQ(Status().code(), absl::StatusCode::kInvalidArgument);
  WriteDigest(std::string(5000, 'a'));
  EXPECT_EQ(Status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SnapshotTest, SaysWhyThereIsNone) {
  EXPECT_EQ(Status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Snapshot::Of(folder_.path(), GoOn).status().code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(std::string(Status().message()), HasSubstr("not a regular file"));
  std::filesystem::remove(path_);
  Write("a");
  std::filesystem::resize_file(path_, uint64_t{Snapshot::kMaxBytes} + 1);
  int pieces = 0;
  const Interrupt stop = [&pieces] {
    return ++pieces > 3 ? absl::CancelledError("stop") : absl::OkStatus();
  };
  EXPECT_EQ(Snapshot::Of(path_, stop).status().code(),
            absl::StatusCode::kCancelled);
}

// Each look at it finds another one.
TEST_F(SnapshotTest, GivesUpOnAFileThatKeepsChanging) {
  Write("a");
  int asked = 0;  // twice for each copy
  const Interrupt change = [&] {
    if (++asked % 2 == 1) {
      std::filesystem::resize_file(path_, 1 + static_cast<uint64_t>(asked));
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(Snapshot::Of(path_, change).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(SnapshotTest, AMarkChangesWithTheFileAndItsDigest) {
  EXPECT_EQ(FileMark(path_), "");
  Write("a");
  const std::string first = FileMark(path_);
  EXPECT_EQ(FileMark(path_), first);
  WriteDigest("b");
  const std::string second = FileMark(path_);
  EXPECT_NE(second, first);
  std::filesystem::rename(path_, path_ + ".old");
  Write("a");
  EXPECT_NE(FileMark(path_), second);
}

}  // namespace
}  // namespace hypergan::server
