#include "data/images/tar_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/data/idx_bytes.h"
#include "tests/data/tar_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;

using Contents = std::vector<std::pair<std::string, std::string>>;

class TarFileTest : public testing::Test {
 protected:
  // Everything in an archive of `bytes`; a folder's contents are "/".
  absl::StatusOr<Contents> ReadAll(const std::string& bytes,
                                   const ArchiveLimits& limits = {}) {
    auto tar = TarFile::Open(folder_.Write("a.tar", bytes), limits);
    if (!tar.ok()) return tar.status();
    Contents contents;
    TarEntry entry;
    while (true) {
      const auto is_there = tar->Next(&entry);
      if (!is_there.ok()) return is_there.status();
      if (!*is_there) return contents;
      if (entry.is_folder) {
        contents.emplace_back(entry.path, "/");
        continue;
      }
      auto bytes_of_it = tar->ReadContents(/*max_bytes=*/4096);
      if (!bytes_of_it.ok()) return bytes_of_it.status();
      contents.emplace_back(entry.path, *std::move(bytes_of_it));
    }
  }

  const TempFolder folder_;
  const std::string two_ =
      TarEntryBytes("d/", "", '5') + TarEntryBytes("d/a", "one") +
      TarEntryBytes("d/b", std::string(700, 'x')) + TarEnd();
};

TEST_F(TarFileTest, ReadsPlainAndGzippedArchives) {
  for (const std::string& bytes : {two_, Gzip(two_)}) {
    const auto contents = ReadAll(bytes);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_THAT(*contents, ElementsAre(Pair("d", "/"), Pair("d/a", "one"),
                                       Pair("d/b", std::string(700, 'x'))));
  }
}

TEST_F(TarFileTest, PassesOverContentsThatNobodyAsksFor) {
  auto tar = TarFile::Open(folder_.Write("a.tar", two_));
  ASSERT_TRUE(tar.ok()) << tar.status();
  std::vector<std::string> paths;
  TarEntry entry;
  while (tar->Next(&entry).value()) paths.push_back(entry.path);
  EXPECT_THAT(paths, ElementsAre("d", "d/a", "d/b"));
}

TEST_F(TarFileTest, PassesOverLinksAndDevices) {
  const auto contents = ReadAll(TarEntryBytes("hard", "", '1', "d/a") +
                                TarEntryBytes("soft", "", '2', "/etc/passwd") +
                                TarEntryBytes("device", "", '3') +
                                TarEntryBytes("pipe", "", '6') +
                                TarEntryBytes("file", "f") + TarEnd());
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_THAT(*contents, ElementsAre(Pair("file", "f")));
}

TEST_F(TarFileTest, TakesDotsOutOfPaths) {
  const auto contents = ReadAll(TarEntryBytes("./", "", '5') +
                                TarEntryBytes("./d//./a", "f") + TarEnd());
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_THAT(*contents, ElementsAre(Pair("", "/"), Pair("d/a", "f")));
}

TEST_F(TarFileTest, KeepsNamesThatAreNotAscii) {
  const auto contents = ReadAll(TarEntryBytes("d/\xc3\xa4", "f") +
                                TarEntryBytes("d/\xff", "g") + TarEnd());
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_THAT(*contents,
              ElementsAre(Pair("d/\xc3\xa4", "f"), Pair("d/\xff", "g")));
}

TEST_F(TarFileTest, RefusesPathsThatLeaveTheArchive) {
  for (const char* path : {"/etc/passwd", "..", "../a", "d/../../a", "d/.."}) {
    EXPECT_THAT(ReadAll(TarEntryBytes(path, "f") + TarEnd()),
                FailsWith(kInvalid, std::string("a.tar: expected paths within "
                                                "the archive, got '") +
                                        path));
  }
}

TEST_F(TarFileTest, RefusesFilesWithoutAName) {
  for (const char* path : {"", ".", "./."}) {
    EXPECT_THAT(
        ReadAll(TarEntryBytes(path, "f") + TarEnd()),
        FailsWith(kInvalid, "a.tar: expected a name for each file, got one"));
  }
}

TEST_F(TarFileTest, RefusesPathsBeyondTheLimit) {
  // GNU's long name: an entry of type L whose contents name the next one.
  const auto named = [this](size_t length) {
    return ReadAll(
        TarEntryBytes("././@LongLink", std::string(length, 'p') + '\0', 'L') +
        TarEntryBytes("p", "f") + TarEnd());
  };
  const auto longest = named(1024);
  ASSERT_TRUE(longest.ok()) << longest.status();
  EXPECT_THAT(*longest, ElementsAre(Pair(std::string(1024, 'p'), "f")));
  EXPECT_THAT(named(1025), FailsWith(kInvalid,
                                     "at most 1024 bytes, got one of "
                                     "1025"));
}

TEST_F(TarFileTest, RefusesMoreEntriesThanTheLimit) {
  EXPECT_TRUE(ReadAll(two_, {.entries = 3}).ok());
  EXPECT_THAT(ReadAll(two_, {.entries = 2}),
              FailsWith(kInvalid, "a.tar: expected at most 2 entries"));
  // What is passed over counts as well.
  EXPECT_THAT(ReadAll(TarEntryBytes("s", "", '2', "a") +
                          TarEntryBytes("t", "", '2', "a") + TarEnd(),
                      {.entries = 1}),
              FailsWith(kInvalid, "at most 1 entries"));
}

TEST_F(TarFileTest, RefusesMoreBytesThanTheLimit) {
  const int64_t size = static_cast<int64_t>(two_.size());
  EXPECT_TRUE(ReadAll(Gzip(two_), {.bytes = size}).ok());
  EXPECT_THAT(
      ReadAll(Gzip(two_), {.bytes = size - 1}),
      FailsWith(kInvalid, "a.tar: expected at most " +
                              std::to_string(size - 1) + " bytes, unpacked"));
}

TEST_F(TarFileTest, RefusesDecompressionBombsWhereverTheyLie) {
  const ArchiveLimits limits{.bytes = 1 << 20};
  const std::string bomb(8 << 20, '\0');
  // Behind the end, where nothing would read it ...
  EXPECT_THAT(ReadAll(Gzip(two_ + bomb), limits),
              FailsWith(kInvalid, "expected at most 1048576 bytes"));
  // ... and in a file, whether it is read or passed over.
  const std::string file = TarEntryBytes("d/a", bomb) + TarEnd();
  EXPECT_THAT(ReadAll(Gzip(file), limits),
              FailsWith(kInvalid, "expected at most 4096 bytes, got 8388608"));
  auto tar = TarFile::Open(folder_.Write("a.tar.gz", Gzip(file)), limits);
  ASSERT_TRUE(tar.ok()) << tar.status();
  TarEntry entry;
  EXPECT_TRUE(tar->Next(&entry).value());
  EXPECT_THAT(tar->Next(&entry),
              FailsWith(kInvalid, "expected at most 1048576 bytes"));
}

TEST_F(TarFileTest, ReservesNothingThatOnlyAHeaderStates) {
  EXPECT_THAT(ReadAll(TarHeader("d/a", size_t{1} << 32) + TarEnd()),
              FailsWith(kInvalid, "at most 4096 bytes, got 4294967296"));
}

// Its size is not among the bytes of the archive, which are what is bounded.
TEST_F(TarFileTest, RefusesFilesWithHoles) {
  EXPECT_THAT(ReadAll(TarSparseBytes("d/a", "one", 4000) + TarEnd()),
              FailsWith(kInvalid, "expected files without holes, got 'd/a'"));
}

TEST_F(TarFileTest, RefusesEveryTruncation) {
  const std::string packed = Gzip(two_);
  // Up to the end's zeros, which a file's padding cannot be told from.
  for (size_t size = 0; size <= two_.size() - 1024; size += 128) {
    EXPECT_THAT(ReadAll(two_.substr(0, size)), FailsWith(kLost, "a.tar: "))
        << size << " of " << two_.size() << " bytes";
  }
  for (size_t size = 0; size < packed.size(); ++size) {
    EXPECT_THAT(ReadAll(packed.substr(0, size)), FailsWith(kLost, "a.tar: "))
        << size << " of " << packed.size() << " bytes, gzipped";
  }
}

TEST_F(TarFileTest, RefusesWhatFollowsTheEnd) {
  EXPECT_THAT(ReadAll(two_ + "more"), FailsWith(kLost, "a.tar: ended early"));
}

TEST_F(TarFileTest, SurvivesDamagedBytes) {
  // A stride that meets every field of the headers.
  for (size_t i = 0; i < two_.size(); i += 11) {
    std::string damaged = two_;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    const auto contents = ReadAll(damaged);
    if (contents.ok()) {
      EXPECT_EQ(contents->size(), 3u);
    }
  }
  // Gzip's sum sees what tar's own, which are of the headers alone, do not.
  const std::string packed = Gzip(two_);
  for (size_t i = packed.size() - 8; i < packed.size(); ++i) {
    std::string damaged = packed;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_THAT(ReadAll(damaged), FailsWith(kLost, "a.tar: damaged"));
  }
}

TEST_F(TarFileTest, RefusesWhatIsNoArchive) {
  EXPECT_THAT(ReadAll(std::string(4096, 'x')), FailsWith(kLost, "a.tar: "));
  EXPECT_THAT(ReadAll(""), FailsWith(kLost, "a.tar: "));
  EXPECT_THAT(TarFile::Open(folder_.Path("b.tar")),
              FailsWith(absl::StatusCode::kNotFound, "b.tar"));
}

TEST_F(TarFileTest, ReadsAnArchiveOfNothing) {
  const auto contents = ReadAll(TarEnd());
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_THAT(*contents, IsEmpty());
}

}  // namespace
}  // namespace hypergan::data
