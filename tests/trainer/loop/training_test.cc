#include "trainer/loop/training.h"

#include <torch/script.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/compute/forward_pass.h"
#include "hypergan/target/target_network.h"
#include "nlohmann/json.hpp"
#include "tests/support/temp_folder.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/training_state.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;

class TrainingTest : public ::testing::Test {
 protected:
  TrainingOptions Options(const std::string& model) const {
    TrainingOptions options;
    options.data = "generated:sine";
    options.target = "regression";
    options.model_repository = folder_.string();
    options.model = model;
    options.sizes.noise = 8;
    options.sizes.mixer_hidden = {16};
    options.sizes.code = 4;
    options.sizes.generator_hidden = {16};
    options.split = {.validation = 10, .calibration = 10};
    options.epochs = 6;
    options.networks = 4;
    options.batch_size = 20;
    options.evaluation_networks = 5;
    options.default_num_networks = 5;
    options.device = "cpu";
    options.threads = 2;
    return options;
  }

  std::string File(const std::string& model, const std::string& name) const {
    return (folder_ / model / "1" / name).string();
  }
  std::string State(const std::string& model) const {
    return ModelFolder{(folder_ / model / "1").string()}.training_state();
  }

  std::vector<nlohmann::json> Records(const std::string& model) const {
    std::ifstream file(File(model, "metrics.jsonl"));
    std::vector<nlohmann::json> records;
    for (std::string line; std::getline(file, line);) {
      records.push_back(nlohmann::json::parse(line));
    }
    return records;
  }

  void ExpectInvalid(const TrainingOptions& options,
                     const std::string& message) const {
    const absl::Status status = Train(options, never_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(status.message(), HasSubstr(message));
  }

  const TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
  const std::atomic<bool> never_{false};
};

TEST_F(TrainingTest, LeavesACheckpointThatTheServerLoads) {
  const auto result = Train(Options("sine"), never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->checkpoint, File("sine", "model.pt"));
  const auto checkpoint =
      LoadCheckpoint(result->checkpoint, c10::Device(c10::kCPU));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const Manifest& manifest = checkpoint->manifest;
  EXPECT_EQ(manifest.task, Task::kRegression);
  EXPECT_EQ(manifest.calibration->rows, 10);
  EXPECT_EQ(manifest.provenance.at("data"), "generated:sine");
  EXPECT_EQ(manifest.validation.count("rmse"), 1u);
  EXPECT_EQ(result->test.count("rmse"), 1u);
}

TEST_F(TrainingTest, WritesOneLineOfMetricsAnEpoch) {
  ASSERT_TRUE(Train(Options("sine"), never_).ok());
  const auto records = Records("sine");
  ASSERT_EQ(records.size(), 7u);  // and the test set
  for (int i = 0; i < 6; ++i) {
    const nlohmann::json& record = records[static_cast<size_t>(i)];
    EXPECT_EQ(record["epoch"], i + 1);
    for (const char* field :
         {"loss", "mixer_loss", "discriminator_loss", "discriminator_accuracy",
          "code_mean", "code_variance", "diversity", "nearest"}) {
      EXPECT_TRUE(record[field].is_number()) << field;
    }
    EXPECT_EQ(record["layer_diversity"].size(), 2u);
  }
  EXPECT_TRUE(records[6].contains("test"));
}

// Tensors of the state that a finished or interrupted run left.
std::vector<at::Tensor> Tensors(const std::string& path) {
  return LoadTrainingState(path).value().tensors;
}

class ResumedTrainingTest : public TrainingTest,
                            public ::testing::WithParamInterface<int64_t> {};

INSTANTIATE_TEST_SUITE_P(Committees, ResumedTrainingTest,
                         ::testing::Values(0, 1, 2));

TEST_P(ResumedTrainingTest, EndsWithTheSameWeightsAsAWholeRun) {
  TrainingOptions options = Options("whole");
  options.committee = GetParam();
  options.joint = GetParam() == 2 ? 0.5 : 0;
  ASSERT_TRUE(Train(options, never_).ok());
  // Stopped at once, then resumed and stopped again in the middle, then
  // finished.
  options.model = "parts";
  const std::atomic<bool> at_once{true};
  auto result = Train(options, at_once);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->interrupted);
  options.resume = true;
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    // Lets it go as soon as it has done something worth resuming.
    while (!std::filesystem::exists(File("parts", "model.pt"))) {
      std::this_thread::yield();
    }
    stop = true;
  });
  result = Train(options, stop);
  stopper.join();
  ASSERT_TRUE(result.ok()) << result.status();
  result = Train(options, never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->interrupted);

  const auto whole = Tensors(State("whole"));
  const auto parts = Tensors(State("parts"));
  ASSERT_EQ(whole.size(), parts.size());
  ASSERT_GT(whole.size(), 10u);
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_TRUE(torch::equal(whole[i], parts[i])) << "tensor " << i;
  }
  // So do the means over each epoch's steps.
  const auto records = Records("whole"), parted = Records("parts");
  ASSERT_EQ(records.size(), parted.size());
  for (size_t i = 0; i + 1 < records.size(); ++i) {
    for (const char* field : {"loss", "mixer_loss", "discriminator_accuracy"}) {
      EXPECT_EQ(records[i][field], parted[i][field]) << field << " " << i;
    }
  }
}

// Wherever it is stopped, between steps and within evaluations, it ends as a
// whole run does.
TEST_F(TrainingTest, GoesOnExactlyFromWhereverItIsStopped) {
  TrainingOptions options = Options("whole");
  options.epochs = 2;
  options.batch_size = 20;  // three steps an epoch
  options.threads = 1;
  std::atomic<int> asked = 0;
  ASSERT_TRUE(Train(options, Stop([&] {
                      ++asked;
                      return false;
                    }))
                  .ok());
  const int times = asked;
  ASSERT_GT(times, 10);  // more than steps
  const auto whole = Tensors(State("whole"));
  const auto records = Records("whole");
  int interrupted = 0;
  for (int last = 0; last < times; ++last) {
    options.model = absl::StrCat("stopped", last);
    options.resume = false;
    asked = 0;
    const auto first = Train(options, Stop([&] { return asked++ >= last; }));
    ASSERT_TRUE(first.ok()) << last << ": " << first.status();
    interrupted += first->interrupted ? 1 : 0;
    options.resume = true;
    const auto second = Train(options, never_);
    ASSERT_TRUE(second.ok()) << last << ": " << second.status();
    EXPECT_FALSE(second->interrupted);
    const auto tensors = Tensors(State(options.model));
    for (size_t i = 0; i < whole.size(); ++i) {
      ASSERT_TRUE(torch::equal(whole[i], tensors[i])) << last << ", " << i;
    }
    const auto parts = Records(options.model);
    ASSERT_EQ(parts.size(), records.size()) << last;
    for (size_t i = 0; i < records.size(); ++i) {
      for (const char* field :
           {"epoch", "loss", "validation", "best", "test"}) {
        EXPECT_EQ(parts[i].value(field, nlohmann::json()),
                  records[i].value(field, nlohmann::json()))
            << last << ", " << i << ", " << field;
      }
    }
  }
  EXPECT_EQ(interrupted, times);
}

// Whatever the flags say of evaluations now.
TEST_F(TrainingTest, EndsAnEvaluationThatWasInterrupted) {
  TrainingOptions options = Options("sine");
  options.epochs = 2;
  options.batch_size = 100;  // one step an epoch
  options.threads = 1;
  int asked = 0;
  ASSERT_TRUE(Train(options, Stop([&] { return asked++ >= 1; }))->interrupted);
  EXPECT_TRUE(LoadTrainingState(State("sine"))->is_evaluating);
  options.resume = true;
  options.evaluate_every = 2;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_EQ(Records("sine").size(), 3u);
}

TEST_F(TrainingTest, NetworksSeeTheSameRowsOrOnesOfTheirOwn) {
  // One epoch of one step over all the rows.
  TrainingOptions options = Options("shared");
  options.epochs = 1;
  options.networks = 2;
  options.split.training = 20;
  ASSERT_TRUE(Train(options, never_).ok());
  options.model = "own";
  options.committee = 1;
  ASSERT_TRUE(Train(options, never_).ok());
  // Every network has seen every row, in whatever order: the same step.
  const double shared = Records("shared")[0]["loss"];
  const double own = Records("own")[0]["loss"];
  EXPECT_NEAR(own, shared, 1e-4 * shared);

  options.batch_size = 5;
  options.model = "own-parts";
  ASSERT_TRUE(Train(options, never_).ok());
  options.committee = 0;
  options.model = "shared-parts";
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_NE(Records("own-parts")[0]["loss"],
            Records("shared-parts")[0]["loss"]);
}

TEST_F(TrainingTest, NetworksThatLearnAsOneStayFurtherApart) {
  TrainingOptions options = Options("alone");
  options.epochs = 20;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_EQ(Records("alone")[19]["ambiguity"], 0);
  options.model = "joint";
  options.joint = 1;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_GT(Records("joint")[19]["ambiguity"], 0);
  const double alone = Records("alone")[19]["validation"]["mean_deviation"];
  EXPECT_GT(Records("joint")[19]["validation"]["mean_deviation"], 1.05 * alone);
}

// Images of 4 x 4 pixels, bright on the left or on the right, of which a fifth
// has the other's label, in IDX files in `folder`.
void WriteHalves(const std::filesystem::path& folder) {
  constexpr char kRows = 120;
  std::filesystem::create_directories(folder);
  std::ofstream images(folder / "train-images-idx3-ubyte", std::ios::binary);
  std::ofstream labels(folder / "train-labels-idx1-ubyte", std::ios::binary);
  images << std::string({0, 0, 8, 3, 0, 0, 0, kRows, 0, 0, 0, 4, 0, 0, 0, 4});
  labels << std::string({0, 0, 8, 1, 0, 0, 0, kRows});
  for (int row = 0; row < kRows; ++row) {
    const int side = row % 2;
    for (int pixel = 0; pixel < 16; ++pixel) {
      const bool is_bright = (pixel % 4 >= 2) == (side == 1);
      images.put(static_cast<char>(is_bright ? 100 + row % 7 : row % 5));
    }
    labels.put(static_cast<char>(row / 2 % 5 == 0 ? 1 - side : side));
  }
}

TEST_F(TrainingTest, GivesACheckpointThePoolsTemperature) {
  WriteHalves(folder_ / "data");
  std::ofstream(folder_ / "target.json")
      << R"({"name": "halves", "input_shape": [1, 4, 4], "layers": [
           {"kind": "linear", "outputs": 8, "activation": "relu"},
           {"kind": "linear", "outputs": 2}]})";
  TrainingOptions options = Options("plain");
  options.data = (folder_ / "data").string();
  options.target = (folder_ / "target.json").string();
  options.split = {.validation = 30, .calibration = 20};
  options.test = false;
  const auto trained = [&] {
    const auto result = Train(options, never_);
    EXPECT_TRUE(result.ok()) << result.status();
    return LoadCheckpoint(result->checkpoint, c10::Device(c10::kCPU)).value();
  };
  const Manifest plain = trained().manifest;
  options.model = "tempered";
  options.temper = true;
  const Checkpoint tempered = trained();
  EXPECT_LT(tempered.manifest.validation.at("nll"), plain.validation.at("nll"));
  EXPECT_EQ(tempered.manifest.validation.at("accuracy_1"),
            plain.validation.at("accuracy_1"));
  EXPECT_NE(tempered.manifest.calibration->quantiles,
            plain.calibration->quantiles);
  EXPECT_GT(std::abs(std::log(tempered.manifest.pool_temperature)), 0.01);
  // A finished run that is asked for again.
  options.resume = true;
  EXPECT_EQ(trained().manifest.pool_temperature,
            tempered.manifest.pool_temperature);
}

TEST_F(TrainingTest, TempersNoRegression) {
  TrainingOptions options = Options("sine");
  options.temper = true;
  ExpectInvalid(options, "--temper: expected a classification");
}

TEST_F(TrainingTest, ResumesOnlyWithTheSameOptions) {
  TrainingOptions options = Options("sine");
  ASSERT_TRUE(Train(options, never_).ok());
  options.resume = true;
  options.learning_rate *= 2;
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.model = "other";
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(TrainingTest, ResumesOnlyWithTheSameRowsAndLabels) {
  const auto write = [&](int64_t flipped) {
    std::string text;
    for (int64_t i = 0; i < 60; ++i) {
      absl::StrAppend(&text, i, ",", i == flipped ? 1 - i % 2 : i % 2, "\n");
    }
    return temp_.Write("labels.csv", text);
  };
  TrainingOptions options = Options("labels");
  options.data = write(-1);
  options.csv.labels = true;
  options.target.clear();
  options.hidden = {4};
  ASSERT_TRUE(Train(options, never_).ok());
  options.resume = true;
  EXPECT_TRUE(Train(options, never_).ok());
  write(7);
  const absl::Status status = Train(options, never_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("started with other rows, labels or targets"));
}

TEST_F(TrainingTest, ALossThatIsNotFiniteKeepsTheLastGoodCheckpoint) {
  TrainingOptions options = Options("sine");
  options.epochs = 200;
  options.learning_rate = 1;
  options.last_learning_rate = 1;
  options.target_deviation = 1e-6;
  options.evaluate_every = 1;
  // Values so large that their squares overflow soon after the first steps.
  options.data = (folder_ / "table.csv").string();
  std::ofstream csv(options.data);
  for (int i = 0; i < 40; ++i) csv << i << "," << (i % 2 ? 1e30 : 1.0) << "\n";
  csv.close();
  const auto result = Train(options, never_);
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("not finite"));
}

TEST_F(TrainingTest, StopsEarlyOnLossAndOnDiversity) {
  TrainingOptions options = Options("patient");
  options.epochs = 100;
  options.learning_rate = 0;
  options.last_learning_rate = 0;
  options.patience = 2;
  options.test = false;
  ASSERT_TRUE(Train(options, never_).ok());
  const size_t evaluated = Records("patient").size();
  EXPECT_LT(evaluated, 20u);
  // It stays stopped.
  options.resume = true;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_EQ(Records("patient").size(), evaluated);
  options = Options("uniform");
  options.epochs = 100;
  options.min_diversity = 900;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_EQ(Records("uniform").size(), 2u);
}

// A generator that is taught in the second half is as it was initialised in the
// first.
TEST_F(TrainingTest, KeepsNoEpochOfAGeneratorThatHasNotLearned) {
  TrainingOptions options = Options("apd");
  options.method = Method::kApd;
  options.samples = 8;
  options.patience = 1;
  options.epochs = 6;
  options.teacher_share = 0.5;
  const auto result = Train(options, never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->kept_epoch, 3);
  const auto records = Records("apd");
  ASSERT_GE(records.size(), 5u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(records[i]["best"], false);
  EXPECT_EQ(records[3]["best"], true);
}

TEST_F(TrainingTest, ChainsHaveTimeForTwoTrajectories) {
  TrainingOptions options = Options("hmc");
  options.method = Method::kHmc;
  options.batch_size = 1000;
  options.samples = 4;
  options.leapfrogs = 3;
  options.epochs = 7;
  ExpectInvalid(options,
                "--leapfrogs: expected two trajectories in the run's "
                "7 steps, of 4 steps each");
  options.epochs = 8;
  options.patience = 1;
  const auto result = Train(options, never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GE(result->kept_epoch, 4);  // the first trajectory's end
}

TEST_F(TrainingTest, HmcSamplesOnePosteriorOfTheRowsAsTheyAre) {
  TrainingOptions options = Options("hmc");
  options.method = Method::kHmc;
  options.repulsion = 0.5;
  ExpectInvalid(options, "whose energy must be that of the rows alone");
  options.repulsion = 0;
  options.target_deviation = 0;
  ExpectInvalid(options, "which --method=hmc does not learn");
}

TEST_F(TrainingTest, SavesTwentyTimesHoweverSeldomItIsEvaluated) {
  TrainingOptions options = Options("seldom");
  options.epochs = 40;
  options.evaluate_every = 40;
  std::set<int64_t> saved;
  const auto result = Train(options, Stop([&] {
                              const auto state =
                                  LoadTrainingState(State("seldom"));
                              if (state.ok()) saved.insert(state->step);
                              return false;
                            }));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GE(saved.size(), 20u);
  EXPECT_FALSE(result->has_choice);
}

TEST_F(TrainingTest, EvaluatesSomeTwentyTimesWhereNothingSaysHowOften) {
  TrainingOptions options = Options("often");
  options.epochs = 40;
  options.evaluate_every = 0;
  ASSERT_TRUE(Train(options, never_).ok());
  const auto records = Records("often");
  ASSERT_GE(records.size(), 20u);
  EXPECT_EQ(records[0]["epoch"], 2);
  EXPECT_EQ(records[19]["epoch"], 40);
}

TEST_F(TrainingTest, ADistillationHasBothItsParts) {
  TrainingOptions options = Options("apd");
  options.method = Method::kApd;
  for (const double share : {0.0, 1.0}) {
    options.teacher_share = share;
    ExpectInvalid(options, "teacher_share: expected 0.01..0.99");
  }
  options.teacher_share = 0.01;
  options.samples = 4;
  EXPECT_TRUE(Train(options, never_).ok());
  options.epochs = 1;
  options.batch_size = 1000;
  ExpectInvalid(options, "--epochs: expected two steps for --method=apd");
}

TEST_F(TrainingTest, BoundsTheDiscriminator) {
  TrainingOptions options = Options("discriminator");
  for (const int64_t width : {0, 65'537}) {
    options.discriminator_width = width;
    ExpectInvalid(options, "--discriminator_width: expected 1..65536");
  }
}

TEST_F(TrainingTest, JointIsAShare) {
  TrainingOptions options = Options("joint");
  for (const double share : {-0.1, 1.1}) {
    options.joint = share;
    ExpectInvalid(options, "--joint: expected 0..1");
  }
}

TEST_F(TrainingTest, JointNeedsNetworksThatShareRows) {
  TrainingOptions options = Options("joint");
  options.joint = 0.5;
  options.committee = 1;
  ExpectInvalid(options, "--joint: expected networks that share rows");
  options.committee = 0;
  options.networks = 1;
  ExpectInvalid(options, "--joint: expected networks that share rows");
}

TEST_F(TrainingTest, EntropyNeedsNetworksToCompare) {
  TrainingOptions options = Options("entropy");
  options.entropy = -1;
  ExpectInvalid(options, "--entropy: expected 0..1000");
  options.entropy = 0.1;
  options.networks = 1;
  ExpectInvalid(options, "--entropy: expected --networks of at least 2");
}

TEST_F(TrainingTest, EveryStartIsTrainedAsOften) {
  TrainingOptions options = Options("starts");
  for (const int64_t starts : {-1, 0, 3, 8}) {  // of 4 networks
    options.sizes.starts = starts;
    ExpectInvalid(options, "--starts: expected a divisor of the 4 networks");
  }
}

TEST_F(TrainingTest, BatchNormNeedsTwoCodes) {
  TrainingOptions options = Options("one");
  options.networks = 1;
  options.codes = 1;
  ExpectInvalid(options, "--codes: expected at least 2");
}

TEST_F(TrainingTest, CommitteesShareOutTheNetworksEvenly) {
  TrainingOptions options = Options("committees");
  for (const int64_t committee : {-1, 3, 5}) {  // of 4 networks
    options.committee = committee;
    ExpectInvalid(options, "--committee: expected ");
  }
}

TEST_F(TrainingTest, RefusesWhatDoesNotFitWithoutLeavingAnything) {
  TrainingOptions options = Options("sine");
  options.target = "mnist";
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options = Options("sine");
  options.data = "/no/such/folder";
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kNotFound);
  options = Options("../sine");
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options = Options("sine");
  options.epochs = 0;
  EXPECT_THAT(std::string(Train(options, never_).status().message()),
              HasSubstr("--epochs: expected 1.."));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sine"));
}

TEST_F(TrainingTest, RefusesOutliersThatRowsDoNotFitBeforeItsFirstStep) {
  TrainingOptions options = Options("table");
  options.repulsion = 1;
  options.synthetic_outliers = {SyntheticOutlier::kPatches};
  ExpectInvalid(options, "synthetic outliers 'patches': expected images");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "table"));
  options.synthetic_outliers = {SyntheticOutlier::kNoise};
  EXPECT_TRUE(Train(options, never_).ok());
}

TEST_F(TrainingTest, RefusesMoreColumnsThanAManifestDescribes) {
  std::string header, row;
  for (int64_t i = 0; i < 4000; ++i) {
    absl::StrAppend(&header, std::string(90, '\\'), i, ",");
    absl::StrAppend(&row, i, ".0123456,");
  }
  std::string text = absl::StrCat(header, "y\n");
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&text, i, row.substr(1), i, "\n");  // of the first, apart
  }
  TrainingOptions options = Options("wide");
  options.data = temp_.Write("wide.csv", text);
  options.target.clear();
  options.hidden = {2};
  ExpectInvalid(options,
                "wide.csv: expected columns and classes that a "
                "manifest can describe in 786432 bytes");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wide"));
}

TEST_F(TrainingTest, GivesEachRunAVersionOfItsOwn) {
  TrainingOptions options = Options("sine");
  options.epochs = 1;
  ASSERT_TRUE(Train(options, never_).ok());
  EXPECT_EQ(Train(options, never_)->checkpoint,
            (folder_ / "sine" / "2" / "model.pt").string());
  options.version = 2;
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(TrainingTest, TakesAVersionWithoutFiles) {
  std::filesystem::create_directories(folder_ / "sine" / "7");
  TrainingOptions options = Options("sine");
  options.epochs = 1;
  const std::string first = (folder_ / "sine" / "1" / "model.pt").string();
  EXPECT_EQ(Train(options, never_)->checkpoint, first);
  options.version = 7;
  EXPECT_TRUE(Train(options, never_).ok());
}

TEST_F(TrainingTest, ResumesAStateInTheFormerPlace) {
  TrainingOptions options = Options("sine");
  const std::atomic<bool> at_once{true};
  ASSERT_TRUE(Train(options, at_once).ok());
  const std::string former = File("sine", "training_state.pt");
  std::filesystem::rename(State("sine"), former);
  options.resume = true;
  const auto result = Train(options, never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(std::filesystem::exists(former));
  EXPECT_TRUE(std::filesystem::exists(State("sine")));
}

TEST_F(TrainingTest, WritesACheckpointWithoutCode) {
  TrainingOptions options = Options("sine");
  options.epochs = 1;
  options.format = CheckpointFormat::kSafetensors;
  const auto result = Train(options, never_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->checkpoint, File("sine", "model.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(File("sine", "model.pt")));
  EXPECT_TRUE(LoadCheckpoint(result->checkpoint, c10::Device(c10::kCPU)).ok());
  options.resume = true;
  EXPECT_TRUE(Train(options, never_).ok());
  options.format = CheckpointFormat::kTorchScript;
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.format = CheckpointFormat::kSafetensors;
  options.method = Method::kDeepEnsemble;
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(TrainingTest, RefusesADamagedState) {
  TrainingOptions options = Options("sine");
  ASSERT_TRUE(Train(options, never_).ok());
  const std::string path = State("sine");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  options.resume = true;
  EXPECT_EQ(Train(options, never_).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace hypergan::trainer
