// A run that ends, or whose disk fails, at any of its writes.
#include <torch/script.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/runtime/workers.h"
#include "nlohmann/json.hpp"
#include "tests/support/temp_folder.h"
#include "tests/trainer/fault_injection.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/training.h"
#include "trainer/loop/training_state.h"

namespace hypergan::trainer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CrashTest : public ::testing::Test {
 protected:
  // A process that has started threads for LibTorch's operators cannot fork:
  // the child would wait for them.
  static void SetUpTestSuite() { ConfigureProcessForWorkers(); }

  TrainingOptions Options(const std::string& repository) const {
    TrainingOptions options;
    options.data = "generated:sine";
    options.target = "regression";
    options.model_repository = repository;
    options.model = "sine";
    options.version = 1;
    options.sizes.noise = 4;
    options.sizes.mixer_hidden = {8};
    options.sizes.code = 2;
    options.sizes.generator_hidden = {8};
    options.split = {.validation = 10, .calibration = 20};
    options.epochs = 2;
    options.networks = 2;
    options.codes = 4;
    options.batch_size = 40;
    options.evaluation_networks = 5;
    options.default_num_networks = 5;
    options.device = "cpu";
    options.threads = 1;
    return options;
  }

  // "" if it ends as it should, else its error.
  std::string Train(const TrainingOptions& options) const {
    const auto result = trainer::Train(options, never_);
    return result.ok() ? "" : result.status().ToString();
  }

  Outcome TrainWithFault(const TrainingOptions& options, int call,
                         int error) const {
    return RunWithFault({options.model_repository, call, error},
                        [&] { return Train(options); });
  }

  std::string Repository(const std::string& name) const {
    return temp_.Path(name);
  }

  // Of every evaluated epoch, and of the test rows.
  static std::vector<nlohmann::json> Records(const fs::path& version) {
    std::ifstream file(version / "metrics.jsonl");
    std::vector<nlohmann::json> records;
    for (std::string line; std::getline(file, line);) {
      nlohmann::json record = nlohmann::json::parse(line);
      record.erase("seconds");
      record.erase("networks_rows_per_second");
      records.push_back(std::move(record));
    }
    return records;
  }

  static std::string StateOf(const fs::path& version) {
    return ModelFolder{version.string()}.training_state();
  }

  // As a run leaves it that nothing happened to.
  void ExpectWhole(const fs::path& version) const {
    const fs::path expected = fs::path(straight_) / "sine" / "1";
    const auto want = LoadTrainingState(StateOf(expected));
    const auto got = LoadTrainingState(StateOf(version));
    ASSERT_TRUE(want.ok() && got.ok()) << got.status();
    EXPECT_EQ(got->step, want->step);
    ASSERT_EQ(got->tensors.size(), want->tensors.size());
    for (size_t i = 0; i < want->tensors.size(); ++i) {
      EXPECT_TRUE(torch::equal(got->tensors[i], want->tensors[i])) << i;
    }
    EXPECT_EQ(Records(version), Records(expected));
    EXPECT_TRUE(
        LoadCheckpoint(version / "model.pt", c10::Device(c10::kCPU)).ok());
    for (const auto& entry :
         fs::recursive_directory_iterator(version.parent_path())) {
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    }
  }

  // The same run goes on, or begins anew where nothing of it is left; a server
  // that looks at the folder meanwhile finds a whole model or none.
  void ExpectGoesOn(TrainingOptions options) const {
    const fs::path version = fs::path(options.model_repository) / "sine" / "1";
    options.resume = fs::exists(StateOf(version));
    if (fs::exists(version / "model.pt")) {
      EXPECT_TRUE(options.resume);
      EXPECT_TRUE(
          LoadCheckpoint(version / "model.pt", c10::Device(c10::kCPU)).ok());
    }
    const Outcome outcome = TrainWithFault(options, 0, 0);
    EXPECT_EQ(outcome.text, "");
    ExpectWhole(version);
  }

  // The calls of a whole run.
  std::vector<std::string> Calls() {
    const Outcome outcome = TrainWithFault(Options(straight_), 0, 0);
    EXPECT_EQ(outcome.text, "");
    EXPECT_GT(outcome.calls.size(), 20u);
    EXPECT_LT(outcome.calls.size(), 100u);
    return outcome.calls;
  }

  const TempFolder temp_;
  const std::string straight_ = Repository("straight");
  const std::atomic<bool> never_{false};
};

TEST_F(CrashTest, ARunThatIsKilledAtAnyWriteGoesOn) {
  const std::vector<std::string> calls = Calls();
  for (size_t i = 1; i <= calls.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("killed at call ", i, ": ", calls[i - 1]));
    const TrainingOptions options = Options(Repository(absl::StrCat(i)));
    const Outcome outcome =
        TrainWithFault(options, static_cast<int>(i), /*error=*/0);
    ASSERT_TRUE(outcome.has_ended_by_fault) << outcome.text;
    ExpectGoesOn(options);
  }
}

TEST_F(CrashTest, ARunWhoseDiskIsFullAtAnyWriteSaysSoAndGoesOn) {
  const std::vector<std::string> calls = Calls();
  for (size_t i = 1; i <= calls.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("full disk at call ", i, ": ", calls[i - 1]));
    const TrainingOptions options = Options(Repository(absl::StrCat(i)));
    const Outcome outcome =
        TrainWithFault(options, static_cast<int>(i), ENOSPC);
    EXPECT_THAT(outcome.text, HasSubstr(std::strerror(ENOSPC)));
    EXPECT_THAT(outcome.text, HasSubstr(options.model_repository));
    ExpectGoesOn(options);
  }
}

}  // namespace
}  // namespace hypergan::trainer
