#include "data/arrays/npz_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/data/npy_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::data {
namespace {

using ::testing::ElementsAre;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kLost = absl::StatusCode::kDataLoss;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class NpzFileTest : public testing::Test {
 protected:
  static std::string Contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const TempFolder folder_;
  const std::string path_ = folder_.Path("a.npz");
};

TEST_F(NpzFileTest, ReadsArraysByName) {
  WriteZip(path_, {{"x.npy", NpyBytes("|u1", "(2,)", "ab")},
                   {"y.npy", NpyBytes("<i8", "(1,)", Raw<int64_t>({7}))}});
  const auto npz = NpzFile::Open(path_);
  ASSERT_TRUE(npz.ok()) << npz.status();
  EXPECT_THAT(npz->names(), ElementsAre("x", "y"));
  EXPECT_TRUE(npz->Has("x"));
  EXPECT_FALSE(npz->Has("z"));
  EXPECT_THAT(npz->Read("x")->bytes, ElementsAre('a', 'b'));
  EXPECT_THAT(npz->Read("y")->values, ElementsAre(7));
  EXPECT_THAT(npz->Read("z"), FailsWith(kNotFound, "a.npz: z: no such array"));
}

TEST_F(NpzFileTest, NamesTheArrayOfAnError) {
  WriteZip(path_, {{"x.npy", NpyBytes("|O", "(1,)", "ab")}});
  EXPECT_THAT(NpzFile::Open(path_)->Read("x"),
              FailsWith(kInvalid, "a.npz: x: expected numbers, got objects"));
}

TEST_F(NpzFileTest, RefusesWhatIsNoArchive) {
  EXPECT_THAT(NpzFile::Open(folder_.Path("none")), FailsWith(kNotFound, ""));
  EXPECT_THAT(NpzFile::Open(folder_.path()),
              FailsWith(kInvalid, "expected a regular file"));
  ASSERT_EQ(mkfifo(folder_.Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(NpzFile::Open(folder_.Path("pipe")),
              FailsWith(kInvalid, "expected a regular file"));
  EXPECT_THAT(NpzFile::Open(folder_.Write("t.npz", "text")),
              FailsWith(kLost, "damaged"));
}

TEST_F(NpzFileTest, ComparesCheckSums) {
  const std::string body(1000, 'x');
  WriteZip(path_, {{"x.npy", NpyBytes("|u1", "(1000,)", body)}});
  std::string bytes = Contents(path_);
  // Both of its places: in front of the entry and in the directory.
  bytes[14] ^= 1;
  bytes[bytes.find("PK\x01\x02") + 16] ^= 1;
  const auto npz = NpzFile::Open(folder_.Write("b.npz", bytes));
  ASSERT_TRUE(npz.ok()) << npz.status();
  EXPECT_THAT(npz->Read("x"), FailsWith(kLost, "b.npz: x: damaged"));
}

TEST_F(NpzFileTest, RefusesEveryArchiveThatIsCutShort) {
  WriteZip(path_, {{"x.npy", NpyBytes("|u1", "(3,)", "abc")}});
  const std::string whole = Contents(path_);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto npz =
        NpzFile::Open(folder_.Write("cut.npz", whole.substr(0, size)));
    EXPECT_FALSE(npz.ok() && npz->Read("x").ok()) << size;
  }
}

TEST_F(NpzFileTest, ReservesNoMoreThanAnEntryCanUnpackTo) {
  WriteZip(path_,
           {{"x.npy", NpyBytes("|u1", "(1000,)", std::string(1000, 'x'))}});
  std::string bytes = Contents(path_);
  // The directory and the entry state a size of nearly 4 GiB.
  const size_t directory = bytes.find("PK\x01\x02");
  for (const size_t place : {size_t{22}, directory + 24}) {
    bytes.replace(place, 4, "\xff\xff\xff\x7f");
  }
  const auto npz = NpzFile::Open(folder_.Write("bomb.npz", bytes));
  ASSERT_TRUE(npz.ok()) << npz.status();
  EXPECT_THAT(npz->Read("x"), FailsWith(kLost, "states 2147483647 bytes"));
}

TEST_F(NpzFileTest, BoundsTheEntries) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (int i = 0; i < 1024; ++i) entries.emplace_back(std::to_string(i), "");
  WriteZip(path_, entries);
  EXPECT_TRUE(NpzFile::Open(path_).ok());
  entries.emplace_back("more", "");
  WriteZip(path_, entries);
  EXPECT_THAT(NpzFile::Open(path_),
              FailsWith(kInvalid, "at most 1024 arrays, got 1025"));
}

}  // namespace
}  // namespace hypergan::data
