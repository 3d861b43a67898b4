#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"
#include "server/engine.h"
#include "server/serving/metrics/model_totals.h"
#include "server/serving/metrics/score_histogram.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// The metrics of one version of one model, found once and kept; observing needs
// no look-up. Thread-safe.
class ModelMetrics {
 public:
  struct Families;
  ModelMetrics(Families& families, const std::string& model,
               const std::string& version);

  // One request was answered, well or not, `duration` after it arrived.
  void ObserveRequest(absl::StatusCode code, absl::Duration duration);
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

  // Takes its series out of the registry; it cannot be used any more.
  void RemoveFrom(Families& families);

 private:
  std::vector<prometheus::Counter*> requests_;  // by code, in a fixed order
  prometheus::Histogram& request_seconds_;
  prometheus::Histogram& queue_seconds_;
  prometheus::Histogram& sampling_seconds_;
  prometheus::Histogram& prediction_seconds_;
  prometheus::Histogram& batch_requests_;
  prometheus::Counter& partial_answers_;
  prometheus::Counter& rows_;
  prometheus::Counter& judged_rows_;
  prometheus::Counter& ood_rows_;
  prometheus::Counter& far_rows_;
  prometheus::Counter& networks_;
  prometheus::Counter& evaluations_;
  ScoreHistogram predictive_entropy_;
  ScoreHistogram mutual_information_;
  ScoreHistogram ood_score_;
  ScoreHistogram total_variance_;
  mutable std::mutex mutex_;  // guards what follows
  ModelTotals totals_;
};

// Every metric of the server, in docs/operations.md's words. Labels come from
// the repository and from fixed lists, never from a client. Thread-safe.
class Metrics {
 public:
  // Registers with `registry`, which must outlive this.
  explicit Metrics(prometheus::Registry& registry);
  ~Metrics();

  // For a version that was loaded; the reference lives until RemoveModel.
  ModelMetrics& AddModel(const std::string& model, int64_t version);
  // For one that nobody uses any more: its series end.
  void RemoveModel(const std::string& model, int64_t version);
  // For requests that name no model of ours: empty labels.
  ModelMetrics& unknown_model() { return *unknown_model_; }

  void CountLoadFailure();
  void SetQueue(int64_t requests, int64_t bytes, int64_t row_networks);
  void SetReady(bool ready);

 private:
  std::unique_ptr<ModelMetrics::Families> families_;
  prometheus::Counter& load_failures_;
  prometheus::Gauge& queue_requests_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Gauge& queue_row_networks_;
  prometheus::Gauge& ready_;
  std::unique_ptr<ModelMetrics> unknown_model_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int64_t>, std::unique_ptr<ModelMetrics>>
      models_;
};

// The value of the label `code`: a name of gRPC's, "UNKNOWN" for what this
// server never answers.
std::string CodeLabel(absl::StatusCode code);

}  // namespace hypergan::server
