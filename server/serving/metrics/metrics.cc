#include "server/serving/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/serving/admission/limits.h"
#include "server/serving/metrics/metric_registration.h"

namespace hypergan::server {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;

// What the server answers; the last stands for everything else.
constexpr std::array kCodes = {
    absl::StatusCode::kOk,
    absl::StatusCode::kCancelled,
    absl::StatusCode::kInvalidArgument,
    absl::StatusCode::kFailedPrecondition,
    absl::StatusCode::kDeadlineExceeded,
    absl::StatusCode::kNotFound,
    absl::StatusCode::kPermissionDenied,
    absl::StatusCode::kResourceExhausted,
    absl::StatusCode::kUnavailable,
    absl::StatusCode::kInternal,
    absl::StatusCode::kUnknown,
};

constexpr std::array<std::pair<ModelState, const char*>, 3> kStates = {{
    {ModelState::kLoading, "loading"},
    {ModelState::kServing, "serving"},
    {ModelState::kFailed, "failed"},
}};

size_t CodeIndex(absl::StatusCode code) {
  const auto found = std::find(kCodes.begin(), kCodes.end() - 1, code);
  return found - kCodes.begin();
}

// A number that is not finite would spoil the sum for good.
void Observe(Histogram& histogram, double value) {
  if (std::isfinite(value)) histogram.Observe(value);
}

void Observe(Histogram& histogram, absl::Duration duration) {
  Observe(histogram, absl::ToDoubleSeconds(duration));
}

Labels ModelLabels(const std::string& model, const std::string& version) {
  return {{"model", model}, {"version", version}};
}

Labels StateLabels(const std::string& model, int64_t version,
                   const char* state) {
  Labels labels = ModelLabels(model, absl::StrCat(version));
  labels["state"] = state;
  return labels;
}

Counter& AddCounter(Registry& registry, std::string_view name,
                    const Labels& labels = {}) {
  return CounterFamily(registry, name).Add(labels);
}

Gauge& AddGauge(Registry& registry, std::string_view name,
                const Labels& labels = {}) {
  return GaugeFamily(registry, name).Add(labels);
}

}  // namespace

// The metrics that have the labels of one version, and how each is taken out of
// the registry.
struct ModelMetrics::Series {
  Registry& registry;
  const Labels labels;
  mutable std::vector<std::function<void()>> removers = {};

  Counter& counter(std::string_view name) const { return Add(name, labels); }
  Histogram& histogram(std::string_view name) const {
    Histogram& histogram = AddHistogram(registry, name, labels);
    RemoveLater(HistogramFamily(registry, name), histogram);
    return histogram;
  }
  ScoreHistogram scores(std::string_view name, double RowScores::*score) const {
    ScoreHistogram scores(registry, name, labels, score);
    RemoveLater(HistogramFamily(registry, name), scores.histogram());
    return scores;
  }

  std::vector<Counter*> codes() const {
    std::vector<Counter*> counters;
    counters.reserve(std::size(kCodes));
    for (const absl::StatusCode code : kCodes) {
      counters.push_back(
          &Add("hypergan_requests_total", With("code", CodeLabel(code))));
    }
    return counters;
  }
  std::vector<Counter*> reasons() const {
    std::vector<Counter*> counters;
    counters.reserve(std::size(kRefusals));
    for (const Refusal refusal : kRefusals) {
      counters.push_back(
          &Add("hypergan_refusals_total",
               With("reason", std::string(RefusalName(refusal)))));
    }
    return counters;
  }
  // By index; beyond kMaxClasses the last stands for all others.
  std::vector<Counter*> classes(int64_t count) const {
    constexpr char kName[] = "hypergan_predicted_rows_total";
    std::vector<Counter*> counters;
    const int64_t named = std::min(count, ModelMetrics::kMaxClasses);
    for (int64_t index = 0; index < named; ++index) {
      counters.push_back(&Add(kName, With("class", absl::StrCat(index))));
    }
    if (count > named) counters.push_back(&Add(kName, With("class", "other")));
    return counters;
  }

 private:
  Labels With(const char* label, const std::string& value) const {
    Labels all = labels;
    all[label] = value;
    return all;
  }
  Counter& Add(std::string_view name, const Labels& all) const {
    Counter& counter = AddCounter(registry, name, all);
    RemoveLater(CounterFamily(registry, name), counter);
    return counter;
  }
  template <typename T>
  void RemoveLater(prometheus::Family<T>& family, T& metric) const {
    removers.push_back([&family, &metric] { family.Remove(&metric); });
  }
};

ModelMetrics::ModelMetrics(Registry& registry, const std::string& model,
                           const std::string& version, int64_t classes)
    : ModelMetrics(Series{registry, ModelLabels(model, version)}, classes) {}

ModelMetrics::ModelMetrics(const Series& of, int64_t classes)
    : requests_(of.codes()),
      refusals_(of.reasons()),
      classes_(of.classes(classes)),
      request_seconds_(of.histogram("hypergan_request_duration_seconds")),
      queue_seconds_(of.histogram("hypergan_queue_duration_seconds")),
      sampling_seconds_(of.histogram("hypergan_sampling_duration_seconds")),
      prediction_seconds_(of.histogram("hypergan_prediction_duration_seconds")),
      batch_requests_(of.histogram("hypergan_batch_requests")),
      batch_rows_(of.histogram("hypergan_batch_rows")),
      batch_work_(of.histogram("hypergan_batch_row_networks")),
      standard_error_(of.histogram("hypergan_standard_error")),
      ensemble_networks_(of.histogram("hypergan_ensemble_networks")),
      partial_answers_(of.counter("hypergan_partial_answers_total")),
      rows_(of.counter("hypergan_rows_total")),
      judged_rows_(of.counter("hypergan_judged_rows_total")),
      ood_rows_(of.counter("hypergan_ood_rows_total")),
      far_rows_(of.counter("hypergan_out_of_range_rows_total")),
      networks_(of.counter("hypergan_networks_total")),
      evaluations_(of.counter("hypergan_network_evaluations_total")),
      predictive_entropy_(of.scores("hypergan_predictive_entropy_nats",
                                    &RowScores::predictive_entropy)),
      expected_entropy_(of.scores("hypergan_expected_entropy_nats",
                                  &RowScores::expected_entropy)),
      mutual_information_(of.scores("hypergan_mutual_information_nats",
                                    &RowScores::mutual_information)),
      ood_score_(of.scores("hypergan_ood_score_ratio", &RowScores::ood_score)),
      total_variance_(
          of.scores("hypergan_total_variance", &RowScores::total_variance)),
      removers_(std::move(of.removers)) {}

void ModelMetrics::ObserveRequest(absl::StatusCode code,
                                  absl::Duration duration) {
  requests_[CodeIndex(code)]->Increment();
  Observe(request_seconds_, duration);
  const bool answered = code == absl::StatusCode::kOk;
  const std::lock_guard lock(mutex_);
  (answered ? totals_.answered : totals_.failed).Add(duration);
  if (answered) totals_.last_answer = absl::Now();
}

void ModelMetrics::CountRefusal(Refusal why) {
  const auto* const found = std::find(kRefusals.begin(), kRefusals.end(), why);
  refusals_[found - kRefusals.begin()]->Increment();
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
  // Of one network it is infinite, and left out.
  Observe(standard_error_, answer.largest_standard_error);
  ensemble_networks_.Observe(static_cast<double>(answer.num_networks));
  if (answer.stop == StopReason::kDeadline) partial_answers_.Increment();
  rows_.Increment(static_cast<double>(scores.size()));
  judged_rows_.Increment(static_cast<double>(std::count_if(
      scores.begin(), scores.end(),
      [](const RowScores& row) { return row.is_ood.has_value(); })));
  ood_rows_.Increment(static_cast<double>(std::count_if(
      scores.begin(), scores.end(),
      [](const RowScores& row) { return row.is_ood.value_or(false); })));
  predictive_entropy_.Observe(scores);
  expected_entropy_.Observe(scores);
  mutual_information_.Observe(scores);
  ood_score_.Observe(scores);
  total_variance_.Observe(scores);
  CountClasses(answer.prediction);
  const std::lock_guard lock(mutex_);
  totals_.drawing.Add(answer.drawing);
  totals_.asking.Add(answer.asking);
  totals_.rows += static_cast<int64_t>(scores.size());
}

void ModelMetrics::CountClasses(const EnsemblePrediction& prediction) {
  const size_t rows = prediction.scores.size();
  if (classes_.empty() || rows == 0) return;
  const auto outputs =
      static_cast<std::ptrdiff_t>(prediction.mean.size() / rows);
  std::vector<double> counts(classes_.size());
  for (auto row = prediction.mean.begin(); row != prediction.mean.end();
       row += outputs) {
    const size_t best = std::max_element(row, row + outputs) - row;
    ++counts[std::min(best, counts.size() - 1)];
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) classes_[i]->Increment(counts[i]);
  }
}

void ModelMetrics::ObserveBatch(int64_t requests, int64_t networks,
                                int64_t rows) {
  batch_requests_.Observe(static_cast<double>(requests));
  batch_rows_.Observe(static_cast<double>(rows));
  batch_work_.Observe(static_cast<double>(networks * rows));
  networks_.Increment(static_cast<double>(networks));
  evaluations_.Increment(static_cast<double>(networks * rows));
  const std::lock_guard lock(mutex_);
  ++totals_.batches;
}

void ModelMetrics::Remove() {
  for (const auto& remove : removers_) remove();
  removers_.clear();
}

ModelTotals ModelMetrics::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

Metrics::Metrics(Registry& registry)
    : registry_(registry),
      load_failures_(AddCounter(registry, "hypergan_load_failures_total")),
      busy_seconds_(AddCounter(registry, "hypergan_worker_busy_seconds_total")),
      queue_requests_(AddGauge(registry, "hypergan_queue_requests")),
      queue_bytes_(AddGauge(registry, "hypergan_queue_bytes")),
      queue_row_networks_(AddGauge(registry, "hypergan_queue_row_networks")),
      open_requests_(AddGauge(registry, "hypergan_open_requests")),
      open_bytes_(AddGauge(registry, "hypergan_open_bytes")),
      ready_(AddGauge(registry, "hypergan_server_ready")),
      unknown_model_(registry, "", "") {}

ModelMetrics& Metrics::AddModel(const std::string& model, int64_t version,
                                const ModelFacts& facts) {
  const std::lock_guard lock(mutex_);
  Entry& entry = models_[{model, version}];
  const bool is_new = entry.metrics == nullptr;
  if (is_new) {
    entry.metrics = std::make_unique<ModelMetrics>(
        registry_, model, absl::StrCat(version), facts.classes);
  }
  if (is_new || entry.facts != facts) {
    entry.facts = facts;
    ShowFacts(model, version, entry);
  }
  return *entry.metrics;
}

void Metrics::ShowFacts(const std::string& model, int64_t version,
                        Entry& entry) {
  for (const auto& remove : entry.removers) remove();
  entry.removers.clear();
  const auto show = [&](std::string_view name, const Labels& labels,
                        double value) {
    prometheus::Family<Gauge>& family = GaugeFamily(registry_, name);
    Gauge& gauge = family.Add(labels);
    gauge.Set(value);
    entry.removers.push_back([&family, &gauge] { family.Remove(&gauge); });
  };
  const ModelFacts& facts = entry.facts;
  const Labels labels = ModelLabels(model, absl::StrCat(version));
  Labels with_digest = labels;
  with_digest["digest"] = facts.digest;
  show("hypergan_model_info", with_digest, 1);
  show("hypergan_model_load_duration_seconds", labels,
       absl::ToDoubleSeconds(facts.load_time));
  if (!facts.threshold) return;
  show("hypergan_ood_threshold_ratio", labels, *facts.threshold);
  show("hypergan_calibration_rows", labels,
       static_cast<double>(facts.calibration_rows));
}

void Metrics::RemoveModel(const std::string& model, int64_t version) {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find({model, version});
  if (found != models_.end()) {
    found->second.metrics->Remove();
    for (const auto& remove : found->second.removers) remove();
    models_.erase(found);
  }
  auto& states = GaugeFamily(registry_, "hypergan_model_state");
  for (const auto& [state, name] : kStates) {
    states.Remove(&states.Add(StateLabels(model, version, name)));
  }
}

void Metrics::SetState(const std::string& model, int64_t version,
                       ModelState state) {
  for (const auto& [each, name] : kStates) {
    AddGauge(registry_, "hypergan_model_state",
             StateLabels(model, version, name))
        .Set(each == state ? 1 : 0);
  }
}

void Metrics::CountLoadFailure() { load_failures_.Increment(); }

void Metrics::SetQueue(int64_t requests, int64_t bytes, int64_t row_networks) {
  queue_requests_.Set(static_cast<double>(requests));
  queue_bytes_.Set(static_cast<double>(bytes));
  queue_row_networks_.Set(static_cast<double>(row_networks));
}

void Metrics::SetQueueLimits(const Limits& limits) {
  AddGauge(registry_, "hypergan_queue_max_requests")
      .Set(static_cast<double>(limits.max_queued_requests));
  AddGauge(registry_, "hypergan_queue_max_bytes")
      .Set(static_cast<double>(limits.max_queued_bytes));
  AddGauge(registry_, "hypergan_queue_max_row_networks")
      .Set(static_cast<double>(limits.max_queued_row_networks));
}

void Metrics::SetOpen(int64_t requests, int64_t bytes) {
  open_requests_.Set(static_cast<double>(requests));
  open_bytes_.Set(static_cast<double>(bytes));
}

void Metrics::SetReady(bool ready) { ready_.Set(ready ? 1 : 0); }

void Metrics::SetBuild(const std::string& version) {
  AddGauge(registry_, "hypergan_build_info", {{"version", version}}).Set(1);
}

void Metrics::AddBusy(absl::Duration time) {
  const double seconds = absl::ToDoubleSeconds(time);
  if (std::isfinite(seconds)) busy_seconds_.Increment(std::max(seconds, 0.0));
}

std::string CodeLabel(absl::StatusCode code) {
  return absl::StatusCodeToString(kCodes[CodeIndex(code)]);
}

}  // namespace hypergan::server
