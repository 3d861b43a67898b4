#include "server/app/http/status_json.h"

#include <cmath>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "prometheus/registry.h"
#include "server/serving/metrics/metrics.h"
#include "tests/server/fake_engine.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;
using testing::Not;

class StatusJsonTest : public testing::Test {
 protected:
  // A classifier with these class names, calibrated by its entropy.
  ModelMetrics& Serve(std::vector<std::string> class_names = {}) {
    Manifest manifest = ClassifierManifest();
    manifest.class_names = std::move(class_names);
    manifest.calibration = Calibration{.primary_score = "predictive_entropy",
                                       .rows = 100,
                                       .quantiles = {0.004, 0.2, 0.4, 0.6}};
    manifest.calibration->other_scores = {{"mutual_information", {0.004, 2}}};
    manifest.validation["accuracy_100"] = 0.9;
    manifest.validation["nll"] = NAN;
    manifest.provenance["data"] = "fashion";
    manifest.provenance["row_sample"] = std::string(1000, 'x');
    ModelMetrics& metrics = metrics_.AddModel(
        "m", 3,
        {.digest = "abc", .classes = manifest.num_outputs, .threshold = 0.95});
    auto table = std::make_shared<ModelTable>();
    table->Add(
        {"m", 3, std::make_shared<FakeEngine>(manifest), &metrics, "abc"});
    models_.Serve(table);
    return metrics;
  }

  // Of rows of these ood_scores.
  static Answer AnswerOf(const std::vector<double>& scores) {
    Answer answer;
    for (const double score : scores) {
      answer.prediction.scores.push_back(
          {0.3, 0.2, 0.1, 1, 0.5, score, score >= 0.95});
      for (const float mean : {0.3f, 0.5f, 0.2f}) {
        answer.prediction.mean.push_back(mean);
      }
    }
    answer.num_networks = 100;
    return answer;
  }

  std::string Text() {
    return StatusJson({registry_, models_, flagged_, limits_},
                      absl::FromUnixSeconds(1'700'000'000));
  }
  nlohmann::json Status() { return nlohmann::json::parse(Text()); }

  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  CurrentModels models_;
  FlaggedRequests flagged_;
  Limits limits_;
};

TEST_F(StatusJsonTest, IsThereBeforeAnyModelIs) {
  const auto status = Status();
  EXPECT_EQ(status["models"].size(), 0u);
  EXPECT_EQ(status["server"]["ready"], false);
  EXPECT_EQ(status["server"]["now"], 1'700'000'000);
  EXPECT_EQ(status["limits"]["max_networks"], 10'000);
}

TEST_F(StatusJsonTest, TellsWhatAModelIsAndDid) {
  ModelMetrics& metrics = Serve();
  metrics.ObserveRequest(absl::StatusCode::kOk, absl::Milliseconds(20));
  metrics.ObserveRequest(absl::StatusCode::kInvalidArgument,
                         absl::Milliseconds(1));
  metrics.CountRefusal(Refusal::kShape);
  metrics.ObserveAnswer(AnswerOf({0.5, 0.99, 0.96}));
  const auto model = Status()["models"][0];
  EXPECT_EQ(model["name"], "m");
  EXPECT_EQ(model["version"], 3);
  EXPECT_EQ(model["digest"], "abc");
  EXPECT_EQ(model["validation"]["accuracy_100"], 0.9);
  EXPECT_EQ(model["validation"]["nll"], nullptr);
  EXPECT_EQ(model["requests"]["OK"], 1);
  EXPECT_EQ(model["requests"]["INVALID_ARGUMENT"], 1);
  EXPECT_EQ(model["refusals"], (nlohmann::json{{"shape", 1}}));
  EXPECT_EQ(model["rows"], 3);
  EXPECT_EQ(model["flagged_rows"], 2);
  EXPECT_EQ(model["duration"]["count"], 2);
  EXPECT_EQ(model["classes"][1],
            (nlohmann::json{{"name", "class 1"}, {"rows", 3}}));
  EXPECT_EQ(model["classes"][0]["rows"], 0);
  EXPECT_EQ(model["drift"]["rows"], 3);
  // A third of the rows is at most 0.5, and none at most 0.4.
  EXPECT_NEAR(model["drift"]["ks"], 0.95 - 1. / 3, 1e-9);
}

TEST_F(StatusJsonTest, PutsTheCalibrationBesideItsScore) {
  Serve().ObserveAnswer(AnswerOf({0.5}));
  const auto scores = Status()["models"][0]["scores"];
  const auto entropy = scores["predictive_entropy"];
  ASSERT_EQ(entropy["expected"].size(), entropy["counts"].size());
  ASSERT_EQ(entropy["counts"].size(), entropy["bounds"].size() + 1);
  double sum = 0;
  for (size_t i = 0; i < entropy["bounds"].size(); ++i) {
    const double share = entropy["expected"][i];
    sum += share;
    // Of the four quantiles, 0.004 and 0.4.
    const double bound = entropy["bounds"][i];
    if (bound == 0.005 || bound == 0.5) {
      EXPECT_DOUBLE_EQ(share, 0.25);
    }
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  const auto information = scores["mutual_information"];
  double at_most_a_half = 0;
  for (size_t i = 0; i < information["bounds"].size(); ++i) {
    if (information["bounds"][i] > 0.5) continue;
    at_most_a_half += information["expected"][i].get<double>();
  }
  EXPECT_DOUBLE_EQ(at_most_a_half, 0.5);
  EXPECT_FALSE(scores["total_variance"].contains("expected"));
  EXPECT_NEAR(scores["ood_score"]["expected"][5], 0.1, 1e-9);
}

TEST_F(StatusJsonTest, LeavesOutWhatAManifestSaysAtLength) {
  Serve();
  const auto provenance = Status()["models"][0]["provenance"];
  EXPECT_EQ(provenance["data"], "fashion");
  EXPECT_FALSE(provenance.contains("row_sample"));
}

TEST_F(StatusJsonTest, TellsOfVersionsThatFailed) {
  metrics_.SetState("broken", 2, ModelState::kLoading);
  metrics_.SetState("broken", 2, ModelState::kFailed);
  metrics_.SetState("good", 1, ModelState::kServing);
  EXPECT_EQ(
      Status()["other_versions"],
      (nlohmann::json::array(
          {{{"name", "broken"}, {"version", "2"}, {"state", "failed"}}})));
}

TEST_F(StatusJsonTest, TellsFlaggedRequestsByIdWithoutTheirContent) {
  flagged_.Note({.time = absl::FromUnixMillis(1'700'000'000'500),
                 .model = "m",
                 .version = 3,
                 .id = "an-id",
                 .rows = 8,
                 .flagged_rows = 2,
                 .highest_score = 0.97});
  const auto flagged = Status()["flagged"];
  ASSERT_EQ(flagged.size(), 1u);
  EXPECT_EQ(flagged[0], (nlohmann::json{{"time", 1'700'000'000.5},
                                        {"model", "m"},
                                        {"version", 3},
                                        {"id", "an-id"},
                                        {"rows", 8},
                                        {"flagged_rows", 2},
                                        {"highest_ood_score", 0.97}}));
}

// It is for the page to show them as text, which the test of the page tells.
TEST_F(StatusJsonTest, HandsOnHostileNamesAsTheyAre) {
  const std::string hostile = "</script><img src=x onerror=alert(1)>\"'\\";
  Serve({hostile, "\xff\xfe bytes", "c"}).ObserveAnswer(AnswerOf({0.5}));
  flagged_.Note({.model = "m", .id = hostile});
  const auto status = Status();
  EXPECT_EQ(status["flagged"][0]["id"], hostile);
  EXPECT_EQ(status["models"][0]["classes"][0]["name"], hostile);
  EXPECT_THAT(Text(), Not(HasSubstr("\xff")));
}

TEST_F(StatusJsonTest, TellsEveryLimit) {
  limits_.max_handshake_time = absl::Milliseconds(1500);
  const auto limits = Status()["limits"];
  EXPECT_EQ(limits.size(), LimitTable().size());
  EXPECT_EQ(limits["max_handshake_time_seconds"], 1.5);
  EXPECT_EQ(limits["max_client_share"], limits_.max_client_share);
}

TEST_F(StatusJsonTest, HasNoNumberThatJsonLacks) {
  limits_.max_connection_age = absl::InfiniteDuration();
  Serve().ObserveAnswer(AnswerOf({NAN}));
  const auto status = Status();  // which no other number would parse
  EXPECT_EQ(status["limits"]["max_connection_age_seconds"], nullptr);
  EXPECT_EQ(status["models"][0]["drift"], nullptr);
}

}  // namespace
}  // namespace hypergan::server
