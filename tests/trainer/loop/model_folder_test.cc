#include "trainer/loop/model_folder.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_folder.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

class ModelFolderTest : public ::testing::Test {
 protected:
  VersionChoice New(int64_t version = 0) const {
    return {folder_.path(), "model", version, /*resume=*/false};
  }
  VersionChoice Resumed(int64_t version = 0) const {
    return {folder_.path(), "model", version, /*resume=*/true};
  }
  std::string Path(int version) const {
    return folder_.Path("model/" + std::to_string(version));
  }

  const TempFolder folder_;
};

TEST_F(ModelFolderTest, RunsAtTheSameTimeGetVersionsOfTheirOwn) {
  folder_.Write("model/4/model.pt", "");
  std::vector<ClaimedFolder> runs;
  for (int version = 5; version < 8; ++version) {
    auto claimed = ClaimVersion(New());
    ASSERT_TRUE(claimed.ok()) << claimed.status();
    EXPECT_EQ(claimed->folder.path, Path(version));
    runs.push_back(*std::move(claimed));
  }
  // One that has ended without a state leaves its version to the next.
  runs.erase(runs.begin());
  EXPECT_EQ(ClaimVersion(New())->folder.path, Path(5));
}

TEST_F(ModelFolderTest, AVersionThatIsInUseIsRefused) {
  const auto claimed = ClaimVersion(New(3));
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  folder_.Write("model/3/training_state.pt", "");
  for (const VersionChoice& choice : {Resumed(3), Resumed()}) {
    const absl::Status status = ClaimVersion(choice).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("another process trains this version"));
  }
  EXPECT_TRUE(absl::IsUnavailable(ClaimVersion(New(3)).status()));
}

TEST_F(ModelFolderTest, AVersionThatHasFilesIsNotStartedAgain) {
  folder_.Write("model/1/model.pt", "");
  folder_.Write("model/2/training_state.pt", "");  // as before version 0.2
  folder_.Write("model/3/model.safetensors", "");
  folder_.Write("model/4/metrics.jsonl", "");
  folder_.Write("model/.training/4/training_state.pt", "");
  for (const int64_t version : {1, 2, 3, 4}) {
    EXPECT_TRUE(absl::IsAlreadyExists(CheckVersion(New(version))));
    EXPECT_TRUE(absl::IsAlreadyExists(ClaimVersion(New(version)).status()));
  }
  EXPECT_TRUE(absl::IsNotFound(CheckVersion(Resumed(1))));
  EXPECT_TRUE(absl::IsNotFound(ClaimVersion(Resumed(1)).status()));
  EXPECT_TRUE(ClaimVersion(Resumed(2)).ok());
  EXPECT_EQ(ClaimVersion(Resumed())->folder.path, Path(4));
}

TEST_F(ModelFolderTest, AVersionsFolderHoldsWhatIsServedAlone) {
  const ModelFolder folder{Path(1)};
  EXPECT_EQ(folder.training_state(),
            folder_.Path("model/.training/1/training_state.pt"));
  EXPECT_EQ(folder.FindTrainingState(), std::nullopt);
  folder_.Write("model/1/training_state.pt", "");
  EXPECT_EQ(folder.FindTrainingState(), folder.former_training_state());
  folder_.Write("model/.training/1/training_state.pt", "");
  EXPECT_EQ(folder.FindTrainingState(), folder.training_state());
}

TEST_F(ModelFolderTest, ANewRunStartsItsMetricsAnew) {
  folder_.Write("model/1/metrics.jsonl", "{\"step\":1}\n");
  ASSERT_TRUE(ClaimVersion(New()).ok());
  EXPECT_EQ(std::filesystem::file_size(Path(1) + "/metrics.jsonl"), 0u);
}

TEST_F(ModelFolderTest, CheckingCreatesNothing) {
  EXPECT_TRUE(CheckVersion(New()).ok());
  EXPECT_TRUE(CheckVersion(New(7)).ok());
  EXPECT_TRUE(absl::IsNotFound(CheckVersion(Resumed())));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("model")));
}

}  // namespace
}  // namespace hypergan::trainer
