#include "server/serving/metrics/metrics.h"

#include <limits>
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "server/serving/limits.h"

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

TEST_F(MetricsTest, CountsPredictedClassesByIndex) {
  Answer answer;
  answer.prediction.scores = {kRow, kRow, kRow};
  answer.prediction.mean = {0.1f, 0.9f, 0.8f, 0.2f, 0.3f, 0.7f};
  metrics_.AddModel("m", 1, {.classes = 2}).ObserveAnswer(answer);
  EXPECT_THAT(Text(), HasSubstr("hypergan_predicted_rows_total{class=\"0\","
                                "model=\"m\",version=\"1\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_predicted_rows_total{class=\"1\","
                                "model=\"m\",version=\"1\"} 2"));
}

TEST_F(MetricsTest, CountsClassesBeyondTheMostTogether) {
  const int64_t classes = ModelMetrics::kMaxClasses + 3;
  Answer answer;
  answer.prediction.scores = {kRow, kRow};
  answer.prediction.mean.resize(2 * classes);
  answer.prediction.mean[classes - 1] = 1;                          // the last
  answer.prediction.mean[classes + ModelMetrics::kMaxClasses] = 1;  // the first
  metrics_.AddModel("m", 1, {.classes = classes}).ObserveAnswer(answer);
  EXPECT_THAT(Text(), HasSubstr("class=\"99\""));
  EXPECT_THAT(Text(), Not(HasSubstr("class=\"100\"")));
  EXPECT_THAT(Text(), HasSubstr("hypergan_predicted_rows_total{class=\"other\","
                                "model=\"m\",version=\"1\"} 2"));
}

TEST_F(MetricsTest, CountsRefusalsByReason) {
  metrics_.AddModel("m", 1).CountRefusal(Refusal::kQueueFull);
  EXPECT_THAT(Text(), HasSubstr("hypergan_refusals_total{model=\"m\",reason="
                                "\"queue_full\",version=\"1\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_refusals_total{model=\"m\",reason="
                                "\"shape\",version=\"1\"} 0"));
}

TEST_F(MetricsTest, ObservesHowWellTheMeanIsKnown) {
  ModelMetrics& model = metrics_.AddModel("m", 1);
  Answer answer;
  answer.num_networks = 100;
  answer.largest_standard_error = 0.02;
  model.ObserveAnswer(answer);
  answer.num_networks = 1;
  answer.largest_standard_error = std::numeric_limits<double>::infinity();
  model.ObserveAnswer(answer);
  EXPECT_THAT(Text(), HasSubstr("hypergan_standard_error_count{model=\"m\","
                                "version=\"1\"} 1"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_ensemble_networks_sum{model=\"m\","
                                "version=\"1\"} 101"));
}

TEST_F(MetricsTest, TellsWhatAVersionIs) {
  metrics_.AddModel("m", 1,
                    {.digest = "abc",
                     .load_time = absl::Seconds(2),
                     .threshold = 0.95,
                     .calibration_rows = 500});
  metrics_.SetState("m", 1, ModelState::kLoading);
  metrics_.SetState("m", 1, ModelState::kServing);
  for (const char* line :
       {"hypergan_model_info{digest=\"abc\",model=\"m\",version=\"1\"} 1",
        "hypergan_model_load_duration_seconds{model=\"m\",version=\"1\"} 2",
        "hypergan_ood_threshold_ratio{model=\"m\",version=\"1\"} 0.95",
        "hypergan_calibration_rows{model=\"m\",version=\"1\"} 500",
        "hypergan_model_state{model=\"m\",state=\"loading\",version=\"1\"} 0",
        "hypergan_model_state{model=\"m\",state=\"serving\",version=\"1\"} "
        "1"}) {
    EXPECT_THAT(Text(), HasSubstr(line));
  }
}

TEST_F(MetricsTest, TellsOfTheWorkerTheQueuesLimitsAndOpenRequests) {
  Limits limits;
  limits.max_queued_requests = 7;
  metrics_.SetQueueLimits(limits);
  metrics_.SetOpen(3, 5000);
  metrics_.AddBusy(absl::Milliseconds(1500));
  metrics_.AddBusy(absl::InfiniteDuration());
  metrics_.AddBusy(-absl::Seconds(1));
  EXPECT_THAT(Text(), HasSubstr("hypergan_queue_max_requests 7"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_open_requests 3"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_open_bytes 5000"));
  EXPECT_THAT(Text(), HasSubstr("hypergan_worker_busy_seconds_total 1.5"));
}

TEST_F(MetricsTest, KeepsOneSetOfMetricsForAVersion) {
  EXPECT_EQ(&metrics_.AddModel("m", 1), &metrics_.AddModel("m", 1));
  EXPECT_NE(&metrics_.AddModel("m", 1), &metrics_.AddModel("m", 2));
}

}  // namespace
}  // namespace hypergan::server
