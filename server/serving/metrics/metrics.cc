#include "server/serving/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"

namespace hypergan::server {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;
using Bounds = std::vector<double>;

// What the server answers; the last stands for everything else.
constexpr std::array kCodes = {
    absl::StatusCode::kOk,
    absl::StatusCode::kCancelled,
    absl::StatusCode::kInvalidArgument,
    absl::StatusCode::kFailedPrecondition,
    absl::StatusCode::kDeadlineExceeded,
    absl::StatusCode::kNotFound,
    absl::StatusCode::kResourceExhausted,
    absl::StatusCode::kUnavailable,
    absl::StatusCode::kInternal,
    absl::StatusCode::kUnknown,
};

size_t CodeIndex(absl::StatusCode code) {
  const auto found = std::find(kCodes.begin(), kCodes.end() - 1, code);
  return found - kCodes.begin();
}

// 1 ms to a minute: one small network answers in a few ms, the greatest request
// in half a minute.
const Bounds& Seconds() {
  static const Bounds bounds = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                0.05,  0.1,    0.25,  0.5,  1,
                                2.5,   5,      10,    30,   60};
  return bounds;
}

// Entropies end at log K: 2.3 for ten classes, 6.9 for a thousand.
Bounds Nats() {
  return {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1,
          1.25,  1.5,   1.75, 2,     2.5,  3,   4,    5,   7,    10};
}

// Fine near 1, where the thresholds are.
Bounds Ratio() {
  return {0.05, 0.1, 0.2, 0.3,  0.4,   0.5,  0.6,
          0.7,  0.8, 0.9, 0.95, 0.975, 0.99, 1};
}

const Bounds& Requests() {
  static const Bounds bounds = {1, 2, 4, 8, 16, 32, 64};
  return bounds;
}

// In the squared units of the data, which are anybody's guess: by decades.
Bounds Variance() {
  return {1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1,
          0.3,  1,    3,    10,   100,  1e3,  1e4};
}

Family<Counter>& AddCounter(Registry& registry, const char* name,
                            const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& AddGauge(Registry& registry, const char* name,
                        const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& AddHistogram(Registry& registry, const char* name,
                                const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

std::vector<Counter*> AddCodes(Family<Counter>& family, const Labels& labels) {
  std::vector<Counter*> counters;
  for (const absl::StatusCode code : kCodes) {
    Labels with_code = labels;
    with_code["code"] = CodeLabel(code);
    counters.push_back(&family.Add(with_code));
  }
  return counters;
}

// A number that is not finite would spoil the sum for good.
void Observe(Histogram& histogram, absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (std::isfinite(seconds)) histogram.Observe(seconds);
}

Labels ModelLabels(const std::string& model, const std::string& version) {
  return {{"model", model}, {"version", version}};
}

}  // namespace

struct ModelMetrics::Families {
  explicit Families(Registry& r)
      : requests(AddCounter(r, "hypergan_requests_total",
                            "Predict requests answered, by status code.")),
        request_seconds(
            AddHistogram(r, "hypergan_request_duration_seconds",
                         "From a request's arrival to its answer.")),
        queue_seconds(AddHistogram(r, "hypergan_queue_duration_seconds",
                                   "Waiting for the worker.")),
        sampling_seconds(AddHistogram(r, "hypergan_sampling_duration_seconds",
                                      "Sampling a request's networks.")),
        prediction_seconds(
            AddHistogram(r, "hypergan_prediction_duration_seconds",
                         "Asking a request's networks, and the scores.")),
        batch_requests(AddHistogram(r, "hypergan_batch_requests",
                                    "Requests that shared a batch.")),
        partial_answers(AddCounter(r, "hypergan_partial_answers_total",
                                   "Answers that the deadline cut short.")),
        rows(AddCounter(r, "hypergan_rows_total", "Rows predicted.")),
        judged_rows(AddCounter(r, "hypergan_judged_rows_total",
                               "Rows that have an is_ood, true or false.")),
        ood_rows(AddCounter(r, "hypergan_ood_rows_total",
                            "Rows found out of distribution.")),
        far_rows(AddCounter(r, "hypergan_out_of_range_rows_total",
                            "Rows with an input far outside the range of the "
                            "training rows.")),
        networks(AddCounter(r, "hypergan_networks_total",
                            "Networks asked, once a batch.")),
        evaluations(AddCounter(r, "hypergan_network_evaluations_total",
                               "Networks times the rows they were asked.")),
        predictive_entropy(AddHistogram(r, "hypergan_predictive_entropy_nats",
                                        "Predictive entropy of each row.")),
        mutual_information(AddHistogram(r, "hypergan_mutual_information_nats",
                                        "Mutual information of each row.")),
        ood_score(AddHistogram(r, "hypergan_ood_score_ratio",
                               "ood_score of each row, in [0, 1].")),
        total_variance(AddHistogram(r, "hypergan_total_variance",
                                    "Total variance of each row.")),
        model_info(AddGauge(r, "hypergan_model_info",
                            "1 for each version that is loaded.")) {}

  Family<Counter>& requests;
  Family<Histogram>& request_seconds;
  Family<Histogram>& queue_seconds;
  Family<Histogram>& sampling_seconds;
  Family<Histogram>& prediction_seconds;
  Family<Histogram>& batch_requests;
  Family<Counter>& partial_answers;
  Family<Counter>& rows;
  Family<Counter>& judged_rows;
  Family<Counter>& ood_rows;
  Family<Counter>& far_rows;
  Family<Counter>& networks;
  Family<Counter>& evaluations;
  Family<Histogram>& predictive_entropy;
  Family<Histogram>& mutual_information;
  Family<Histogram>& ood_score;
  Family<Histogram>& total_variance;
  Family<Gauge>& model_info;
};

ModelMetrics::ModelMetrics(Families& families, const std::string& model,
                           const std::string& version)
    : requests_(AddCodes(families.requests, ModelLabels(model, version))),
      request_seconds_(
          families.request_seconds.Add(ModelLabels(model, version), Seconds())),
      queue_seconds_(
          families.queue_seconds.Add(ModelLabels(model, version), Seconds())),
      sampling_seconds_(families.sampling_seconds.Add(
          ModelLabels(model, version), Seconds())),
      prediction_seconds_(families.prediction_seconds.Add(
          ModelLabels(model, version), Seconds())),
      batch_requests_(
          families.batch_requests.Add(ModelLabels(model, version), Requests())),
      partial_answers_(
          families.partial_answers.Add(ModelLabels(model, version))),
      rows_(families.rows.Add(ModelLabels(model, version))),
      judged_rows_(families.judged_rows.Add(ModelLabels(model, version))),
      ood_rows_(families.ood_rows.Add(ModelLabels(model, version))),
      far_rows_(families.far_rows.Add(ModelLabels(model, version))),
      networks_(families.networks.Add(ModelLabels(model, version))),
      evaluations_(families.evaluations.Add(ModelLabels(model, version))),
      predictive_entropy_(families.predictive_entropy,
                          ModelLabels(model, version), Nats(),
                          &RowScores::predictive_entropy),
      mutual_information_(families.mutual_information,
                          ModelLabels(model, version), Nats(),
                          &RowScores::mutual_information),
      ood_score_(families.ood_score, ModelLabels(model, version), Ratio(),
                 &RowScores::ood_score),
      total_variance_(families.total_variance, ModelLabels(model, version),
                      Variance(), &RowScores::total_variance) {}

void ModelMetrics::ObserveRequest(absl::StatusCode code,
                                  absl::Duration duration) {
  requests_[CodeIndex(code)]->Increment();
  Observe(request_seconds_, duration);
  const bool answered = code == absl::StatusCode::kOk;
  const std::lock_guard lock(mutex_);
  (answered ? totals_.answered : totals_.failed).Add(duration);
  if (answered) totals_.last_answer = absl::Now();
}

void ModelMetrics::ObserveQueue(absl::Duration waited) {
  Observe(queue_seconds_, waited);
  const std::lock_guard lock(mutex_);
  totals_.queued.Add(waited);
}

void ModelMetrics::ObserveFarRows(int64_t rows) {
  far_rows_.Increment(static_cast<double>(rows));
}

void ModelMetrics::ObserveAnswer(const Answer& answer) {
  const std::vector<RowScores>& scores = answer.prediction.scores;
  Observe(sampling_seconds_, answer.drawing);
  Observe(prediction_seconds_, answer.asking);
  if (answer.stop == StopReason::kDeadline) partial_answers_.Increment();
  rows_.Increment(static_cast<double>(scores.size()));
  judged_rows_.Increment(static_cast<double>(std::count_if(
      scores.begin(), scores.end(),
      [](const RowScores& row) { return row.is_ood.has_value(); })));
  ood_rows_.Increment(static_cast<double>(std::count_if(
      scores.begin(), scores.end(),
      [](const RowScores& row) { return row.is_ood.value_or(false); })));
  predictive_entropy_.Observe(scores);
  mutual_information_.Observe(scores);
  ood_score_.Observe(scores);
  total_variance_.Observe(scores);
  const std::lock_guard lock(mutex_);
  totals_.drawing.Add(answer.drawing);
  totals_.asking.Add(answer.asking);
  totals_.rows += static_cast<int64_t>(scores.size());
}

void ModelMetrics::ObserveBatch(int64_t requests, int64_t networks,
                                int64_t rows) {
  batch_requests_.Observe(static_cast<double>(requests));
  networks_.Increment(static_cast<double>(networks));
  evaluations_.Increment(static_cast<double>(networks * rows));
  const std::lock_guard lock(mutex_);
  ++totals_.batches;
}

void ModelMetrics::RemoveFrom(Families& families) {
  for (Counter* counter : requests_) families.requests.Remove(counter);
  families.request_seconds.Remove(&request_seconds_);
  families.queue_seconds.Remove(&queue_seconds_);
  families.sampling_seconds.Remove(&sampling_seconds_);
  families.prediction_seconds.Remove(&prediction_seconds_);
  families.batch_requests.Remove(&batch_requests_);
  families.partial_answers.Remove(&partial_answers_);
  families.rows.Remove(&rows_);
  families.judged_rows.Remove(&judged_rows_);
  families.ood_rows.Remove(&ood_rows_);
  families.far_rows.Remove(&far_rows_);
  families.networks.Remove(&networks_);
  families.evaluations.Remove(&evaluations_);
  predictive_entropy_.RemoveFrom(families.predictive_entropy);
  mutual_information_.RemoveFrom(families.mutual_information);
  ood_score_.RemoveFrom(families.ood_score);
  total_variance_.RemoveFrom(families.total_variance);
}

ModelTotals ModelMetrics::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

Metrics::Metrics(Registry& registry)
    : families_(std::make_unique<ModelMetrics::Families>(registry)),
      load_failures_(
          AddCounter(registry, "hypergan_load_failures_total",
                     "Versions that were found but could not be loaded.")
              .Add({})),
      queue_requests_(AddGauge(registry, "hypergan_queue_requests",
                               "Requests waiting for the worker.")
                          .Add({})),
      queue_bytes_(AddGauge(registry, "hypergan_queue_bytes",
                            "Bytes held by the waiting requests.")
                       .Add({})),
      queue_row_networks_(
          AddGauge(registry, "hypergan_queue_row_networks",
                   "Rows times networks of the waiting requests.")
              .Add({})),
      ready_(AddGauge(registry, "hypergan_server_ready",
                      "1 while requests are taken, as the health service says.")
                 .Add({})),
      unknown_model_(std::make_unique<ModelMetrics>(*families_, "", "")) {}

Metrics::~Metrics() = default;

ModelMetrics& Metrics::AddModel(const std::string& model, int64_t version) {
  const std::lock_guard lock(mutex_);
  auto& metrics = models_[{model, version}];
  if (metrics == nullptr) {
    const std::string version_text = absl::StrCat(version);
    metrics = std::make_unique<ModelMetrics>(*families_, model, version_text);
    families_->model_info.Add(ModelLabels(model, version_text)).Set(1);
  }
  return *metrics;
}

void Metrics::RemoveModel(const std::string& model, int64_t version) {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find({model, version});
  if (found == models_.end()) return;
  found->second->RemoveFrom(*families_);
  models_.erase(found);
  const Labels labels = ModelLabels(model, absl::StrCat(version));
  families_->model_info.Remove(&families_->model_info.Add(labels));
}

void Metrics::CountLoadFailure() { load_failures_.Increment(); }

void Metrics::SetQueue(int64_t requests, int64_t bytes, int64_t row_networks) {
  queue_requests_.Set(static_cast<double>(requests));
  queue_bytes_.Set(static_cast<double>(bytes));
  queue_row_networks_.Set(static_cast<double>(row_networks));
}

void Metrics::SetReady(bool ready) { ready_.Set(ready ? 1 : 0); }

std::string CodeLabel(absl::StatusCode code) {
  return absl::StatusCodeToString(kCodes[CodeIndex(code)]);
}

}  // namespace hypergan::server
