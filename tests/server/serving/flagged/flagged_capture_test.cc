#include "server/serving/flagged/flagged_capture.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>

#include "data/arrays/array_dataset.h"
#include "data/arrays/npz_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/serving/metrics/metric_registration.h"
#include "tests/server/fake_clock.h"
#include "tests/support/temp_folder.h"

namespace hypergan::server {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// Two rows of two numbers.
FlaggedRows Rows(const std::string& id = "a-request") {
  const RowScores scores{0.75, 0.5, 0.25, 2, 0.5, 0.99, true};
  return {.request = {.time = absl::FromUnixSeconds(1'700'000'000),
                      .model = "m",
                      .version = 3,
                      .id = id,
                      .rows = 5,
                      .flagged_rows = 2},
          .seed = uint64_t{7},
          .num_networks = 100,
          .row_shape = {2},
          .indices = {1, 4},
          .values = {0.5f, 1, 2, 3},
          .scores = {scores, scores}};
}

class FlaggedCaptureTest : public testing::Test {
 protected:
  FlaggedCaptureTest() { options_.folder = folder_.Path("kept"); }

  absl::Status Start() {
    capture_.emplace(options_, clock_, registry_, log_);
    return capture_->Start();
  }
  void Offer(const FlaggedRows& rows) {
    capture_->Offer([&] { return rows; });
  }
  // Writes what waits, then lists what there is.
  std::set<std::string> Finish() {
    capture_.reset();
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(options_.folder)) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  double Counted(const std::string& outcome) {
    return CounterFamily(registry_, "hypergan_flagged_files_total")
        .Add({{"outcome", outcome}})
        .Value();
  }

  TempFolder folder_;
  CaptureOptions options_;
  FakeClock clock_;
  prometheus::Registry registry_;
  std::vector<std::string> lines_;
  const Log log_ = [this](std::string_view line) { lines_.emplace_back(line); };
  std::optional<FlaggedCapture> capture_;
};

TEST_F(FlaggedCaptureTest, WritesWhatDataSetsAreReadFrom) {
  ASSERT_TRUE(Start().ok());
  Offer(Rows());
  const auto names = Finish();
  ASSERT_THAT(names, ElementsAre("flagged-20231114T221320.000000-000001.npz"));
  const std::string path = fs::path(options_.folder) / *names.begin();
  const auto rows = data::ReadNpzSplit(path, data::Split::kTest);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->rows, 2);
  const auto file = data::NpzFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->Read("ood_score")->values, ElementsAre(0.99, 0.99));
  EXPECT_THAT(file->Read("row")->values, ElementsAre(1, 4));
  EXPECT_THAT(file->names(), testing::IsSupersetOf({"request_id", "model",
                                                    "seed", "num_networks"}));
  EXPECT_EQ(Counted("written"), 1);
}

TEST_F(FlaggedCaptureTest, IsForItsOwnerAlone) {
  ASSERT_TRUE(Start().ok());
  struct stat facts = {};
  ASSERT_EQ(stat(options_.folder.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
}

TEST_F(FlaggedCaptureTest, DropsTheOldestBeyondTheMostFiles) {
  options_.max_files = 2;
  ASSERT_TRUE(Start().ok());
  for (int i = 0; i < 3; ++i) Offer(Rows());
  EXPECT_THAT(Finish(),
              ElementsAre("flagged-20231114T221320.000000-000002.npz",
                          "flagged-20231114T221320.000000-000003.npz"));
}

TEST_F(FlaggedCaptureTest, DropsTheOldestBeyondTheMostBytes) {
  ASSERT_TRUE(Start().ok());
  Offer(Rows());
  const auto first = Finish();
  const auto bytes = static_cast<int64_t>(
      fs::file_size(fs::path(options_.folder) / *first.begin()));
  options_.max_bytes = 2 * bytes + 1;
  ASSERT_TRUE(Start().ok());  // finds the first
  FlaggedRows later = Rows();
  later.request.time += absl::Seconds(1);
  Offer(later);
  Offer(later);
  EXPECT_THAT(Finish(),
              ElementsAre("flagged-20231114T221321.000000-000001.npz",
                          "flagged-20231114T221321.000000-000002.npz"));
}

TEST_F(FlaggedCaptureTest, WritesNoFileThatIsLargerThanAllMayBe) {
  options_.max_bytes = 100;
  ASSERT_TRUE(Start().ok());
  Offer(Rows());
  EXPECT_TRUE(Finish().empty());
  EXPECT_EQ(Counted("failed"), 1);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("--capture_max_bytes=100")));
}

TEST_F(FlaggedCaptureTest, TakesSoManyAMinute) {
  options_.max_per_minute = 2;
  ASSERT_TRUE(Start().ok());
  for (int i = 0; i < 5; ++i) Offer(Rows());
  clock_.Advance(absl::Seconds(30));
  for (int i = 0; i < 5; ++i) Offer(Rows());
  EXPECT_EQ(Finish().size(), 3u);
  EXPECT_EQ(Counted("dropped"), 7);
}

TEST_F(FlaggedCaptureTest, LetsNoMoreWaitThanThereIsRoomFor) {
  ASSERT_TRUE(Start().ok());
  FlaggedRows huge = Rows();
  huge.values.resize(FlaggedCapture::kMaxWaitingBytes / sizeof(float) + 1);
  Offer(huge);
  EXPECT_TRUE(Finish().empty());
  EXPECT_EQ(Counted("dropped"), 1);
}

TEST_F(FlaggedCaptureTest, LeavesFilesOfOthersAlone) {
  fs::create_directory(options_.folder);
  for (const char* name : {"notes.txt", "labels.npz"}) {
    std::ofstream(fs::path(options_.folder) / name) << "mine";
  }
  options_.max_files = 1;
  ASSERT_TRUE(Start().ok());
  Offer(Rows());
  Offer(Rows());
  EXPECT_THAT(Finish(), ElementsAre("flagged-20231114T221320.000000-000002.npz",
                                    "labels.npz", "notes.txt"));
}

TEST_F(FlaggedCaptureTest, RefusesAFolderThatIsNone) {
  std::ofstream(options_.folder) << "a file";
  EXPECT_THAT(std::string(Start().message()), HasSubstr(options_.folder));
}

TEST_F(FlaggedCaptureTest, AFolderIsCheckedWithoutATrace) {
  EXPECT_EQ(CheckCaptureFolder(options_.folder), absl::OkStatus());
  EXPECT_FALSE(fs::exists(options_.folder));
  EXPECT_EQ(CheckCaptureFolder(options_.folder + "/"), absl::OkStatus());
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(CheckCaptureFolder(options_.folder), absl::OkStatus());
  EXPECT_THAT(Finish(), testing::IsEmpty());
}

TEST_F(FlaggedCaptureTest, TheCheckFindsWhatAStartWouldFail) {
  const std::string beyond = options_.folder + "/child";
  EXPECT_THAT(std::string(CheckCaptureFolder(beyond).message()),
              HasSubstr("No such file or directory"));
  std::ofstream(options_.folder) << "a file";
  for (const std::string& folder : {options_.folder, beyond}) {
    EXPECT_THAT(
        std::string(CheckCaptureFolder(folder).message()),
        HasSubstr("--capture_flagged: " + folder + ": Not a directory"));
  }
  EXPECT_THAT(std::string(CheckCaptureFolder("/proc").message()),
              HasSubstr("--capture_flagged: "));
}

TEST_F(FlaggedCaptureTest, KeepsAnswersWithoutASeedOrAMeaning) {
  ASSERT_TRUE(Start().ok());
  FlaggedRows rows = Rows("");
  rows.seed.reset();
  rows.scores[0].mutual_information = std::numeric_limits<double>::quiet_NaN();
  Offer(rows);
  const auto names = Finish();
  ASSERT_EQ(names.size(), 1u);
  const auto file =
      data::NpzFile::Open(fs::path(options_.folder) / *names.begin());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_FALSE(file->Has("seed"));
}

}  // namespace
}  // namespace hypergan::server
