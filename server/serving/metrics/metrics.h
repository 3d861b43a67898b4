#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "server/engine.h"
#include "server/serving/admission/refusal.h"
#include "server/serving/metrics/model_totals.h"
#include "server/serving/metrics/score_histogram.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

struct Limits;

// What is told of a version besides its requests.
struct ModelFacts {
  std::string digest = {};               // SHA-256 of its file in hex, or empty
  absl::Duration load_time = {};         // to load and to warm up
  int64_t classes = 0;                   // K; 0 for a regression
  std::optional<double> threshold = {};  // of ood_score, if it is calibrated
  int64_t calibration_rows = 0;
};

enum class ModelState { kLoading, kServing, kFailed };

// The metrics of one version of one model, found once and kept; observing needs
// no look-up. Thread-safe.
class ModelMetrics {
 public:
  // Classes beyond so many are counted together, as "other": each is a series
  // in every Prometheus.
  static constexpr int64_t kMaxClasses = 100;

  ModelMetrics(prometheus::Registry& registry, const std::string& model,
               const std::string& version, int64_t classes = 0);

  // One request was answered, well or not, `duration` after it arrived.
  void ObserveRequest(absl::StatusCode code, absl::Duration duration);
  // One of them was refused for what it asked.
  void CountRefusal(Refusal why);
  // A request that was in the queue ended, well or not, having waited so long.
  void ObserveQueue(absl::Duration waited);
  // A prediction was made, whether or not its client still wanted it.
  void ObserveAnswer(const Answer& answer);
  // So many rows of a request were far outside the range of the training rows.
  void ObserveFarRows(int64_t rows);
  // A batch of so many requests ended, having asked so many networks about so
  // many rows.
  void ObserveBatch(int64_t requests, int64_t networks, int64_t rows);

  // All that was observed.
  ModelTotals totals() const;

 private:
  struct Series;
  ModelMetrics(const Series& of, int64_t classes);
  void CountClasses(const EnsemblePrediction& prediction);

  std::vector<prometheus::Counter*> requests_;  // by code, in a fixed order
  std::vector<prometheus::Counter*> refusals_;  // by reason, the same
  std::vector<prometheus::Counter*> classes_;   // by index; the last: "other"
  prometheus::Histogram& request_seconds_;
  prometheus::Histogram& queue_seconds_;
  prometheus::Histogram& sampling_seconds_;
  prometheus::Histogram& prediction_seconds_;
  prometheus::Histogram& batch_requests_;
  prometheus::Histogram& batch_rows_;
  prometheus::Histogram& batch_work_;
  prometheus::Histogram& standard_error_;
  prometheus::Histogram& ensemble_networks_;
  prometheus::Counter& partial_answers_;
  prometheus::Counter& rows_;
  prometheus::Counter& judged_rows_;
  prometheus::Counter& ood_rows_;
  prometheus::Counter& far_rows_;
  prometheus::Counter& networks_;
  prometheus::Counter& evaluations_;
  ScoreHistogram predictive_entropy_;
  ScoreHistogram expected_entropy_;
  ScoreHistogram mutual_information_;
  ScoreHistogram ood_score_;
  ScoreHistogram total_variance_;
  mutable std::mutex mutex_;  // guards what follows
  ModelTotals totals_;
};

// Every metric of the server but those of the process, as docs/metrics.md has
// them. Labels come from the repository and from fixed lists, never from a
// client. Thread-safe.
class Metrics {
 public:
  // Registers with `registry`, which must outlive this.
  explicit Metrics(prometheus::Registry& registry);

  // For a version that was loaded; the reference lives as long as this.
  ModelMetrics& AddModel(const std::string& model, int64_t version,
                         const ModelFacts& facts = {});
  // For requests that name no model of ours: empty labels.
  ModelMetrics& unknown_model() { return unknown_model_; }

  void SetState(const std::string& model, int64_t version, ModelState state);
  void CountLoadFailure();
  void SetQueue(int64_t requests, int64_t bytes, int64_t row_networks);
  void SetQueueLimits(const Limits& limits);
  void SetOpen(int64_t requests, int64_t bytes);
  void SetReady(bool ready);
  void SetBuild(const std::string& version);
  // The worker spent so long on a piece of work.
  void AddBusy(absl::Duration time);

 private:
  prometheus::Registry& registry_;
  prometheus::Counter& load_failures_;
  prometheus::Counter& busy_seconds_;
  prometheus::Gauge& queue_requests_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Gauge& queue_row_networks_;
  prometheus::Gauge& open_requests_;
  prometheus::Gauge& open_bytes_;
  prometheus::Gauge& ready_;
  ModelMetrics unknown_model_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int64_t>, std::unique_ptr<ModelMetrics>>
      models_;
};

// The value of the label `code`: a name of gRPC's, "UNKNOWN" for what this
// server never answers.
std::string CodeLabel(absl::StatusCode code);

}  // namespace hypergan::server
