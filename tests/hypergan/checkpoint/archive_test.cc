#include "hypergan/checkpoint/archive.h"

#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan {
namespace {

using ::testing::HasSubstr;

using Entries = std::vector<std::pair<std::string, std::string>>;

// ("storage", torch.FloatStorage, "0", "cpu", 3)
constexpr char kStorage[] =
    "\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
    "0X\x03\0\0\0cpuK\x03tQ.";
const std::string kPickle(kStorage, sizeof(kStorage) - 1);

class ArchiveTest : public ::testing::Test {
 protected:
  // The smallest archive that passes, with `changes`, and those of `additions`
  // that have another name in capitals.
  void Write(const std::map<std::string, std::string>& changes,
             const Entries& additions = {}) {
    std::map<std::string, std::string> entries = {
        {"a/data.pkl", kPickle},
        {"a/data/0", std::string(12, '\0')},
        {"a/code/b.py", "x = 1\n"}};
    for (const auto& [name, content] : changes) entries[name] = content;
    Entries all(entries.begin(), entries.end());
    all.insert(all.end(), additions.begin(), additions.end());
    int code = 0;
    zip_t* archive = zip_open(path_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const auto& [name, content] : all) {
      zip_source_t* source =
          zip_source_buffer(archive, content.data(), content.size(), 0);
      ASSERT_GE(zip_file_add(archive, name.c_str(), source, 0), 0);
    }
    ASSERT_EQ(zip_close(archive), 0);
  }

  std::string WhyRefused() const {
    const absl::Status status = VerifyArchive(path_);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }

  const TempFolder temp_;
  const std::string path_ = temp_.path() + "/model.pt";
};

TEST_F(ArchiveTest, TakesAnArchiveWhoseRecordsFit) {
  Write({});
  EXPECT_EQ(VerifyArchive(path_), absl::OkStatus());
}

TEST_F(ArchiveTest, RefusesRecordsThatAreTooShortEmptyOrMissing) {
  Write({{"a/data/0", std::string(11, '\0')}});
  EXPECT_THAT(WhyRefused(), HasSubstr("'a/data.pkl': byte "));
  EXPECT_THAT(WhyRefused(), HasSubstr("its record '0' has 11 bytes"));
  Write({{"a/data/0", ""}});
  EXPECT_THAT(WhyRefused(), HasSubstr("its record '0' has 0 bytes"));
  // Each pickle has records of its own.
  Write({{"a/constants.pkl", kPickle}});
  EXPECT_THAT(WhyRefused(), HasSubstr("'a/constants.pkl': byte "));
}

TEST_F(ArchiveTest, LooksAtEveryPickleAndSourceWhateverTheCaseOfItsName) {
  Write({{"a/DATA.PKL2", "x"}});
  EXPECT_EQ(VerifyArchive(path_), absl::OkStatus());
  for (const char* name : {"a/B.PKL", "a/code/c.py.debug_pkl", "b/data.pkl"}) {
    Write({{name, "x"}});
    EXPECT_THAT(WhyRefused(), HasSubstr("byte ")) << name;
  }
  Write({{"a/code/C.PY", std::string(300, '(')}});
  EXPECT_THAT(WhyRefused(), HasSubstr("'a/code/c.py': line 1: too many"));
}

TEST_F(ArchiveTest, RefusesNamesThatLibTorchWouldConfuse) {
  Write({}, {{"A/Data/0", std::string(12, '\0')}});
  EXPECT_THAT(WhyRefused(), HasSubstr("two archive entries are called"));
  Write({{"a/model.json", "{}"}});
  EXPECT_THAT(WhyRefused(), HasSubstr("before LibTorch 1.4"));
}

TEST_F(ArchiveTest, BoundsPicklesAndSources) {
  Write({{"a/code/c.py", std::string((16 << 20) + 1, '\n')}});
  EXPECT_THAT(WhyRefused(), HasSubstr("expected at most 16777216 bytes"));
  const std::string large(13 << 20, '\n');
  Write({{"a/1.py", large},
         {"a/2.py", large},
         {"a/3.py", large},
         {"a/4.py", large},
         {"a/5.py", large}});
  EXPECT_THAT(WhyRefused(), HasSubstr("67108864 of all"));
}

TEST_F(ArchiveTest, QuotesNamesInItsMessages) {
  Write({{"a/\n\x1b[2J.py", "("}, {"a/\n\x1b[2J.pkl", "x"}});
  EXPECT_THAT(WhyRefused(), HasSubstr(R"('a/\n\x1b[2j)"));
}

TEST_F(ArchiveTest, SaysThatThereIsNoFile) {
  EXPECT_EQ(VerifyArchive(path_).code(), absl::StatusCode::kNotFound);
  std::filesystem::create_symlink("nowhere", path_);
  EXPECT_EQ(VerifyArchive(path_).code(), absl::StatusCode::kNotFound);
}

TEST_F(ArchiveTest, TellsWhatCannotBeReadFromDamage) {
  std::ofstream(path_) << "not a zip";
  EXPECT_EQ(VerifyArchive(path_).code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(VerifyArchive(path_ + "/a").message()),
              HasSubstr("cannot be read: Not a directory"));
  const std::string folder = temp_.path() + "/folder";
  std::filesystem::create_directory(folder);
  EXPECT_THAT(std::string(VerifyArchive(folder).message()),
              HasSubstr("not a regular file"));
}

// Root may read everything, so the child takes the rights of nobody, and ends
// before a sanitizer wants rights that it has no longer.
TEST_F(ArchiveTest, SaysThatPermissionIsDenied) {
  Write({});
  std::filesystem::permissions(temp_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(path_, std::filesystem::perms::none);
  const auto check = [this] {
    if (geteuid() == 0 && seteuid(65534) != 0) _exit(2);
    const absl::Status status = VerifyArchive(path_);
    const bool expected =
        status.code() == absl::StatusCode::kFailedPrecondition &&
        absl::EndsWith(status.message(), "cannot be read: Permission denied");
    _exit(expected ? 0 : 1);
  };
  EXPECT_EXIT(check(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hypergan
