#include "server/serving/metrics/metrics.h"

#include <limits>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace hypergan::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr RowScores kRow{.predictive_entropy = 0.75,
                         .expected_entropy = 0.5,
                         .mutual_information = 0.25,
                         .total_variance = 2,
                         .max_probability = 0.5,
                         .ood_score = 0.9,
                         .is_ood = false};

class MetricsTest : public testing::Test {
 protected:
  std::string Text() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

  prometheus::Registry registry_;
  Metrics metrics_{registry_};
};

TEST_F(MetricsTest, CountsRequestsByCode) {
  ModelMetrics& model = metrics_.AddModel("m", 3);
  model.ObserveRequest(absl::StatusCode::kOk, absl::Milliseconds(20));
  model.ObserveRequest(absl::StatusCode::kOk, absl::Milliseconds(20));
  model.ObserveRequest(absl::StatusCode::kInvalidArgument, absl::Seconds(1));
  EXPECT_THAT(Text(), HasSubstr("hypergan_requests_total{code=\"OK\",model="
                                "\"m\",version=\"3\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_requests_total{code=\"INVALID_"
                                "ARGUMENT\",model=\"m\",version=\"3\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_request_duration_seconds_count{"
                                "model=\"m\",version=\"3\"} 3"));
  EXPECT_THAT(Text(),
              HasSubstr("hypergan_request_duration_seconds_bucket{model=\"m\","
                        "version=\"3\",le=\"0.025\"} 2"));
}

TEST_F(MetricsTest, CountsCodesItNeverExpectedAsUnknown) {
  metrics_.unknown_model().ObserveRequest(absl::StatusCode::kDataLoss,
                                          absl::Seconds(1));
  EXPECT_THAT(Text(), HasSubstr("hypergan_requests_total{code=\"UNKNOWN\","
                                "model=\"\",version=\"\"} 1"));
  EXPECT_THAT(Text(), Not(HasSubstr("DATA_LOSS")));
}

TEST_F(MetricsTest, ObservesThePredictionsOfEveryRow) {
  ModelMetrics& model = metrics_.AddModel("m", 1);
  RowScores outside = kRow;
  outside.ood_score = 1;
  outside.is_ood = true;
  Answer answer;
  answer.prediction.scores = {kRow, kRow, outside};
  answer.drawing = absl::Milliseconds(30);
  answer.asking = absl::Milliseconds(200);
  model.ObserveAnswer(answer);
  model.ObserveBatch(1, 100, 3);

  for (const char* line : {
           "hypergan_rows_total{model=\"m\",version=\"1\"} 3",
           "hypergan_judged_rows_total{model=\"m\",version=\"1\"} 3",
           "hypergan_ood_rows_total{model=\"m\",version=\"1\"} 1",
           "hypergan_networks_total{model=\"m\",version=\"1\"} 100",
           "hypergan_network_evaluations_total{model=\"m\",version=\"1\"} 300",
           "hypergan_predictive_entropy_nats_count{model=\"m\",version=\"1\"} "
           "3",
           "hypergan_predictive_entropy_nats_sum{model=\"m\",version=\"1\"} "
           "2.25",
           // A value on a bound is in that bound's bucket.
           "hypergan_predictive_entropy_nats_bucket{model=\"m\",version=\"1\","
           "le=\"0.75\"} 3",
           "hypergan_predictive_entropy_nats_bucket{model=\"m\",version=\"1\","
           "le=\"0.5\"} 0",
           "hypergan_mutual_information_nats_sum{model=\"m\",version=\"1\"} "
           "0.75",
           "hypergan_ood_score_ratio_bucket{model=\"m\",version=\"1\",le="
           "\"0.9\"} 2",
           "hypergan_ood_score_ratio_bucket{model=\"m\",version=\"1\",le=\"1\"}"
           " 3",
           "hypergan_total_variance_sum{model=\"m\",version=\"1\"} 6",
           "hypergan_sampling_duration_seconds_sum{model=\"m\",version=\"1\"} "
           "0.03",
           "hypergan_prediction_duration_seconds_sum{model=\"m\",version="
           "\"1\"} 0.2",
       }) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, LeavesOutScoresThatHaveNoMeaning) {
  RowScores regression{kNone, kNone, kNone, 4, kNone, kNone, std::nullopt};
  Answer answer;
  answer.prediction.scores = {regression};
  metrics_.AddModel("m", 1).ObserveAnswer(answer);
  EXPECT_THAT(Text(), Not(HasSubstr("Nan")));
  EXPECT_THAT(Text(), HasSubstr("hypergan_predictive_entropy_nats_count{model="
                                "\"m\",version=\"1\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_total_variance_sum{model=\"m\","
                                "version=\"1\"} 4"));
}

TEST_F(MetricsTest, CountsNoRowWithoutADecision) {
  const RowScores undecided{0.75, 0.5, kNone, kNone, 0.5, kNone, std::nullopt};
  Answer answer;
  answer.prediction.scores = {kRow, undecided, undecided};
  metrics_.AddModel("m", 1).ObserveAnswer(answer);
  for (const char* line : {
           "hypergan_rows_total{model=\"m\",version=\"1\"} 3",
           "hypergan_judged_rows_total{model=\"m\",version=\"1\"} 1",
           "hypergan_ood_rows_total{model=\"m\",version=\"1\"} 0",
           "hypergan_ood_score_ratio_count{model=\"m\",version=\"1\"} 1",
           "hypergan_mutual_information_nats_count{model=\"m\",version=\"1\"} "
           "1",
           "hypergan_total_variance_count{model=\"m\",version=\"1\"} 1",
           "hypergan_predictive_entropy_nats_count{model=\"m\",version=\"1\"} "
           "3",
       }) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, NoNumberSpoilsASumForGood) {
  ModelMetrics& model = metrics_.AddModel("m", 1);
  RowScores huge = kRow;
  huge.total_variance = 3e38;
  RowScores infinite = kRow;
  infinite.total_variance = std::numeric_limits<double>::infinity();
  Answer answer;
  answer.prediction.scores = {huge, infinite};
  answer.drawing = absl::InfiniteDuration();
  model.ObserveAnswer(answer);
  model.ObserveRequest(absl::StatusCode::kOk, absl::InfiniteDuration());
  model.ObserveQueue(absl::InfiniteDuration());
  answer.prediction.scores = {kRow};
  answer.drawing = absl::Seconds(1);
  model.ObserveAnswer(answer);
  EXPECT_THAT(Text(), Not(HasSubstr("Inf\n")));
  for (const char* line : {
           "hypergan_total_variance_count{model=\"m\",version=\"1\"} 2",
           "hypergan_total_variance_sum{model=\"m\",version=\"1\"} "
           "1000000000002",
           "hypergan_sampling_duration_seconds_sum{model=\"m\",version="
           "\"1\"} 1\n",
       }) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, PutsValuesBeyondTheLastBoundIntoInfinity) {
  RowScores row = kRow;
  row.total_variance = 1e9;
  Answer answer;
  answer.prediction.scores = {row};
  metrics_.AddModel("m", 1).ObserveAnswer(answer);
  EXPECT_THAT(Text(), HasSubstr("hypergan_total_variance_bucket{model=\"m\","
                                "version=\"1\",le=\"10000\"} 0"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_total_variance_bucket{model=\"m\","
                                "version=\"1\",le=\"+Inf\"} 1"));
}

TEST_F(MetricsTest, TellsOfTheQueueAndOfReadiness) {
  metrics_.SetQueue(3, 4096, 200);
  metrics_.SetReady(true);
  EXPECT_THAT(Text(), HasSubstr("hypergan_queue_requests 3"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_queue_bytes 4096"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_queue_row_networks 200"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_server_ready 1"));
  metrics_.SetReady(false);
  EXPECT_THAT(Text(), HasSubstr("hypergan_server_ready 0"));
}

TEST_F(MetricsTest, KeepsOneSetOfMetricsForAVersion) {
  EXPECT_EQ(&metrics_.AddModel("m", 1), &metrics_.AddModel("m", 1));
  EXPECT_NE(&metrics_.AddModel("m", 1), &metrics_.AddModel("m", 2));
}

TEST_F(MetricsTest, ForgetsAVersionThatIsNoLongerUsed) {
  metrics_.AddModel("m", 1).ObserveBatch(1, 1, 1);
  metrics_.AddModel("m", 2).ObserveBatch(1, 1, 1);
  metrics_.RemoveModel("m", 1);
  metrics_.RemoveModel("m", 1);
  metrics_.RemoveModel("m", 7);
  EXPECT_THAT(Text(), Not(HasSubstr("version=\"1\"")));
  EXPECT_THAT(Text(), HasSubstr("version=\"2\""));
  metrics_.AddModel("m", 1);
  EXPECT_THAT(
      Text(),
      HasSubstr("hypergan_networks_total{model=\"m\",version=\"1\"} 0"));
}

}  // namespace
}  // namespace hypergan::server
