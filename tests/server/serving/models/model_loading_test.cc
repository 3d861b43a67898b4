#include "server/serving/models/model_loading.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::Contains;
using testing::HasSubstr;

class ModelLoadingTest : public testing::Test {
 protected:
  auto Load(const std::vector<ModelFile>& files) {
    return LoadModels(
        files,
        [this](const CheckpointFile& file)
            -> absl::StatusOr<std::unique_ptr<Engine>> {
          if (file.path == "broken")
            return absl::DataLossError("not a checkpoint");
          return std::make_unique<FakeEngine>(ClassifierManifest(), hook_);
        },
        limits_, interrupt_,
        [this](std::string_view line) { log_.emplace_back(line); }, metrics_);
  }

  std::string MetricsText() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  Limits limits_;
  FakeEngine::Hook hook_;
  Interrupt interrupt_ = [] { return absl::OkStatus(); };
  std::vector<std::string> log_;
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
};

TEST_F(ModelLoadingTest, ServesTheGreatestVersionUnlessOneIsNamed) {
  const auto table = Load({{"m", 9, "a"}, {"m", 10, "b"}, {"n", 1, "c"}});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->size(), 3);
  EXPECT_EQ((*(*table)->Find("m", ""))->version, 10);
  EXPECT_EQ((*(*table)->Find("m", "9"))->version, 9);
  EXPECT_EQ((*(*table)->Find("n", ""))->name, "n");
}

TEST_F(ModelLoadingTest, FindsNothingUnderAnyOtherName) {
  const auto table = Load({{"m", 1, "a"}, {"m", 2, "b"}});
  ASSERT_TRUE(table.ok());
  for (const char* name : {"", "M", "m ", "../m"}) {
    EXPECT_EQ((*table)->Find(name, "").status().code(),
              absl::StatusCode::kNotFound);
  }
  for (const char* version : {"3", "0", "-1", "01", "+1", "1.0", " 1", "x"}) {
    EXPECT_EQ((*table)->Find("m", version).status().code(),
              absl::StatusCode::kNotFound);
  }
  EXPECT_THAT(std::string((*table)->Find("m", "3").status().message()),
              HasSubstr("served are 1, 2"));
}

TEST_F(ModelLoadingTest, QuotesAndCutsTheNamesItDoesNotKnow) {
  const auto table = Load({{"m", 1, "a"}});
  const std::string name = "\x1b[31m\n" + std::string(10'000, 'x');
  const auto message = std::string((*table)->Find(name, "").status().message());
  EXPECT_THAT(message, HasSubstr("\\x1b[31m\\nxxx"));
  EXPECT_LT(message.size(), 200u);
}

TEST_F(ModelLoadingTest, CountsAndLogsWhatCannotBeRead) {
  const absl::Status denied = absl::FailedPreconditionError("denied");
  const auto table =
      Load({{"m", 1, "a"}, {"m", 2, "b", denied}, {"n", 0, "n", denied}});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*(*table)->Find("m", ""))->version, 1);
  EXPECT_THAT(log_, Contains("could not load model m version 2: denied"));
  EXPECT_THAT(log_, Contains("could not load model n: denied"));
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_load_failures_total 2"));
}

TEST_F(ModelLoadingTest, ServesTheOthersWhenOneIsBroken) {
  const auto table = Load({{"m", 1, "a"}, {"m", 2, "broken"}, {"n", 1, "b"}});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*(*table)->Find("m", ""))->version, 1);
  EXPECT_THAT(log_, Contains(HasSubstr(
                        "could not load model m version 2: not a checkpoint")));
  EXPECT_THAT(MetricsText(), HasSubstr("hypergan_load_failures_total 1"));
  EXPECT_THAT(MetricsText(),
              HasSubstr("hypergan_model_info{model=\"m\",version=\"1\"} 1"));
  EXPECT_THAT(MetricsText(), testing::Not(HasSubstr("version=\"2\"")));
}

TEST_F(ModelLoadingTest, FailsWithTheReasonsWhenNothingLoads) {
  const auto table = Load({{"m", 1, "broken"}, {"n", 2, "broken"}});
  EXPECT_EQ(table.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(table.status().message()),
              HasSubstr("model m version 1: not a checkpoint; model n"));
}

TEST_F(ModelLoadingTest, FailsOnAnEmptyRepository) {
  EXPECT_EQ(Load({}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ModelLoadingTest, WarmsUpWithOneRowAndTheDefaultNumberOfNetworks) {
  int64_t rows = 0;
  int64_t networks = 0;
  hook_ = [&](const FakeEngine::Piece& piece, const Interrupt&) {
    rows = piece.inputs.rows;
    networks = static_cast<int64_t>(piece.networks.size());
    return absl::OkStatus();
  };
  ASSERT_TRUE(Load({{"m", 1, "a"}}).ok());
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(networks, 10);
}

TEST_F(ModelLoadingTest, DoesNotServeAModelThatFailsToWarmUp) {
  hook_ = [](const FakeEngine::Piece&, const Interrupt&) {
    return absl::InternalError("it broke");
  };
  const auto table = Load({{"m", 1, "a"}});
  EXPECT_THAT(std::string(table.status().message()), HasSubstr("it broke"));
}

TEST_F(ModelLoadingTest, StopsBetweenModelsWhenInterrupted) {
  interrupt_ = [] { return absl::CancelledError("stop"); };
  EXPECT_EQ(Load({{"m", 1, "a"}}).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace hypergan::server
