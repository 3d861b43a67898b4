#include "trainer/report/find_results.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_folder.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::SizeIs;

class FindResultsTest : public ::testing::Test {
 protected:
  static std::string Json(uint64_t seed) {
    ExperimentResult result;
    result.experiment = "mnist";
    result.method = "hypergan";
    result.seed = seed;
    return ResultToJson(result);
  }

  TempFolder folder_;
};

TEST_F(FindResultsTest, SearchesFoldersWithinFoldersInTheirOrder) {
  folder_.Write("mnist/hypergan/2/result.json", Json(2));
  folder_.Write("mnist/hypergan/1/result.json", Json(1));
  folder_.Write("mnist/hypergan/1/metrics.jsonl", "no result");
  const auto results = FindResults({folder_.path()});
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_THAT(*results, SizeIs(2));
  EXPECT_EQ((*results)[0].seed, 1u);
  EXPECT_EQ((*results)[1].seed, 2u);
}

TEST_F(FindResultsTest, TakesEachFileOnceAndFilesByName) {
  const std::string file = folder_.Write("a/b/result.json", Json(1));
  const auto results =
      FindResults({folder_.path(), folder_.Path("a"), file, file});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, SizeIs(1));
}

TEST_F(FindResultsTest, DoesNotFollowLinksToFolders) {
  folder_.Write("inside/result.json", Json(1));
  folder_.Write("outside/result.json", Json(2));
  std::filesystem::create_directory_symlink(folder_.Path("outside"),
                                            folder_.Path("inside/link"));
  const auto results = FindResults({folder_.Path("inside")});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, SizeIs(1));
}

TEST_F(FindResultsTest, SaysWhatIsNotThere) {
  EXPECT_THAT(FindResults({folder_.Path("nowhere")}),
              FailsWith(absl::StatusCode::kNotFound, "nowhere"));
  EXPECT_THAT(FindResults({folder_.path()}),
              FailsWith(absl::StatusCode::kNotFound, "no result.json in"));
}

TEST_F(FindResultsTest, DoesNotWaitForAPipe) {
  const std::string pipe = folder_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(FindResults({pipe}), FailsWith(absl::StatusCode::kInvalidArgument,
                                             "a device, a pipe"));
}

TEST_F(FindResultsTest, NamesTheFileThatIsNoResult) {
  folder_.Write("good/result.json", Json(1));
  folder_.Write("bad/result.json", "{\"experiment\": 1}");
  EXPECT_THAT(
      FindResults({folder_.path()}),
      FailsWith(absl::StatusCode::kInvalidArgument, "bad/result.json: result"));
  folder_.Write("bad/result.json", Json(1).substr(0, 40));
  EXPECT_THAT(FindResults({folder_.path()}),
              FailsWith(absl::StatusCode::kInvalidArgument, "cut short"));
  folder_.Write("bad/result.json", "");
  EXPECT_THAT(FindResults({folder_.path()}),
              FailsWith(absl::StatusCode::kInvalidArgument, "empty"));
}

TEST_F(FindResultsTest, HoldsItsLimits) {
  folder_.Write("1/result.json", Json(1));
  folder_.Write("2/result.json", Json(2));
  folder_.Write("1/2/3/result.json", Json(3));
  EXPECT_THAT(FindResults({folder_.path()}, {.results = 2}),
              FailsWith(absl::StatusCode::kResourceExhausted, "2 results"));
  EXPECT_THAT(FindResults({folder_.path()}, {.entries = 5}),
              FailsWith(absl::StatusCode::kResourceExhausted, "5 files"));
  EXPECT_THAT(FindResults({folder_.path()}, {.total_bytes = 100}),
              FailsWith(absl::StatusCode::kResourceExhausted, "100 bytes"));
  const auto shallow = FindResults({folder_.path()}, {.depth = 2});
  ASSERT_TRUE(shallow.ok()) << shallow.status();
  EXPECT_THAT(*shallow, SizeIs(2));
}

}  // namespace
}  // namespace hypergan::trainer::report
