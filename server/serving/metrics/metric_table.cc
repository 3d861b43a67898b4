#include "server/serving/metrics/metric_table.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace hypergan::server {
namespace {

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

constexpr std::string_view kModel = "model, version";

// 1 ms to a minute: one small network answers in a few ms, the greatest request
// in half a minute.
constexpr double kSeconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025,
                               0.05,  0.1,    0.25,  0.5,  1,
                               2.5,   5,      10,    30,   60};

// Entropies end at log K: 2.3 for ten classes, 6.9 for a thousand.
constexpr double kNats[] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                            0.5,   0.75,  1,    1.25,  1.5,  1.75, 2,
                            2.5,   3,     4,    5,     7,    10};

// Fine at both ends: near 1 are the thresholds, and a drift towards rows that
// are all too easy shows near 0. The deciles are those of the drift's rules.
constexpr double kRatio[] = {0.005, 0.01, 0.025, 0.05, 0.1,   0.2,
                             0.3,   0.4,  0.5,   0.6,  0.7,   0.8,
                             0.9,   0.95, 0.975, 0.99, 0.995, 1};

// In the squared units of the data, which are anybody's guess: by decades.
constexpr double kVariance[] = {1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1,
                                0.3,  1,    3,    10,   100,  1e3,  1e4};

// In the units of the data.
constexpr double kDeviation[] = {1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1,
                                 0.3,  1,    3,    10,   30,   100};

constexpr double kRequests[] = {1, 2, 4, 8, 16, 32, 64};
constexpr double kRows[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096};
constexpr double kNetworks[] = {1,   2,   5,    10,   20,   50,   100,
                                200, 500, 1000, 2000, 5000, 10000};
constexpr double kWork[] = {1,    10,    100,   300,    1000,
                            3000, 10000, 30000, 100000, 1000000};

constexpr MetricSpec kTable[] = {
    {"hypergan_requests_total", kCounter, "requests", "model, version, code",
     "Predict, PredictStream and ModelInfer requests answered, by status "
     "code."},
    {"hypergan_refusals_total", kCounter, "requests", "model, version, reason",
     "Requests refused for what they ask, or because there is no room, by "
     "reason."},
    {"hypergan_request_duration_seconds", kHistogram, "seconds", kModel,
     "From a request's arrival to its answer.", kSeconds},
    {"hypergan_queue_duration_seconds", kHistogram, "seconds", kModel,
     "Waiting for the worker, before and between pieces of work; of all that "
     "were in the queue, whatever their answer.",
     kSeconds},
    {"hypergan_sampling_duration_seconds", kHistogram, "seconds", kModel,
     "Sampling a request's networks, once for each request that shared them.",
     kSeconds},
    {"hypergan_prediction_duration_seconds", kHistogram, "seconds", kModel,
     "Asking a request's networks, and the scores; once for each request.",
     kSeconds},
    {"hypergan_open_requests", kGauge, "requests", "",
     "Requests that are accepted and not delivered to the last byte."},
    {"hypergan_open_bytes", kGauge, "bytes", "",
     "Bytes of their messages, and of the largest answers they may have."},
    {"hypergan_batch_requests", kHistogram, "requests", kModel,
     "Requests that shared a batch.", kRequests},
    {"hypergan_batch_rows", kHistogram, "rows", kModel, "Rows of a batch.",
     kRows},
    {"hypergan_batch_row_networks", kHistogram, "rows x networks", kModel,
     "Work of a batch: its rows times its networks.", kWork},
    {"hypergan_partial_answers_total", kCounter, "answers", kModel,
     "Answers that the deadline cut short."},
    {"hypergan_rows_total", kCounter, "rows", kModel, "Rows predicted."},
    {"hypergan_networks_total", kCounter, "networks", kModel,
     "Networks asked, once a batch."},
    {"hypergan_network_evaluations_total", kCounter, "rows x networks", kModel,
     "Networks times the rows they were asked."},

    {"hypergan_predictive_entropy_nats", kHistogram, "nats", kModel,
     "Predictive entropy of each row.", kNats},
    {"hypergan_expected_entropy_nats", kHistogram, "nats", kModel,
     "Expected entropy of each row.", kNats},
    {"hypergan_mutual_information_nats", kHistogram, "nats", kModel,
     "Mutual information of each row.", kNats},
    {"hypergan_total_variance", kHistogram, "squared units of the outputs",
     kModel, "Total variance of each row.", kVariance},
    {"hypergan_ood_score_ratio", kHistogram, "ratio", kModel,
     "ood_score of each row, in [0, 1].", kRatio},
    {"hypergan_standard_error", kHistogram, "units of the outputs", kModel,
     "Largest standard error of an answer's means.", kDeviation},
    {"hypergan_ensemble_networks", kHistogram, "networks", kModel,
     "Networks of an answer.", kNetworks},
    {"hypergan_predicted_rows_total", kCounter, "rows", "model, version, class",
     "Rows by the index of their predicted class."},
    {"hypergan_judged_rows_total", kCounter, "rows", kModel,
     "Rows that have an is_ood, true or false."},
    {"hypergan_ood_rows_total", kCounter, "rows", kModel,
     "Rows found out of distribution."},
    {"hypergan_ood_threshold_ratio", kGauge, "ratio", kModel,
     "From this ood_score on a row is out of distribution; one minus it is "
     "the share of rows like the training data that are."},
    {"hypergan_calibration_rows", kGauge, "rows", kModel,
     "Rows that a version was calibrated with."},
    {"hypergan_out_of_range_rows_total", kCounter, "rows", kModel,
     "Rows with an input far outside the range of the training rows."},
    {"hypergan_flagged_files_total", kCounter, "files", "outcome",
     "Requests with flagged rows under --capture_flagged, by what became of "
     "them."},

    {"hypergan_model_info", kGauge, "", "model, version, digest",
     "1 for each version that is served; digest: the SHA-256 of its file."},
    {"hypergan_model_state", kGauge, "", "model, version, state",
     "1 for the state that a version is in, 0 for the others."},
    {"hypergan_model_load_duration_seconds", kGauge, "seconds", kModel,
     "How long a version took to load and to warm up."},
    {"hypergan_load_failures_total", kCounter, "versions", "",
     "Versions, and whole models, that could not be read or loaded."},

    {"hypergan_worker_busy_seconds_total", kCounter, "seconds", "",
     "Time that the worker spent on pieces of work, drawing ahead included; "
     "its rate is the utilisation."},
    {"hypergan_queue_requests", kGauge, "requests", "",
     "Requests waiting for the worker."},
    {"hypergan_queue_bytes", kGauge, "bytes", "",
     "Bytes held by the waiting requests."},
    {"hypergan_queue_row_networks", kGauge, "rows x networks", "",
     "Work of the waiting requests: rows times networks."},
    {"hypergan_queue_max_requests", kGauge, "requests", "",
     "The limit of waiting requests, --max_queued_requests."},
    {"hypergan_queue_max_bytes", kGauge, "bytes", "",
     "The limit of their bytes, --max_queued_bytes."},
    {"hypergan_queue_max_row_networks", kGauge, "rows x networks", "",
     "The limit of their work, --max_queued_row_networks."},
    {"hypergan_reservoir_hits_total", kCounter, "batches", "",
     "Batches whose networks came from the reservoir of weight sets drawn "
     "ahead."},
    {"hypergan_reservoir_misses_total", kCounter, "batches", "",
     "Batches that found no networks in the reservoir."},
    {"hypergan_reservoir_filled_total", kCounter, "networks", "",
     "Networks drawn ahead."},
    {"hypergan_reservoir_networks", kGauge, "networks", "",
     "Networks in the reservoir."},
    {"hypergan_reservoir_bytes", kGauge, "bytes", "",
     "Bytes of the networks in the reservoir."},
    {"hypergan_pool_hits_total", kCounter, "batches", "",
     "Batches that were given networks of a pool."},
    {"hypergan_pool_misses_total", kCounter, "batches", "",
     "Batches that drew their own, for a pool had none for them. Batches of "
     "more than `--pool_networks` are in neither counter."},
    {"hypergan_pool_filled_total", kCounter, "networks", "",
     "Networks put into pools."},
    {"hypergan_pool_networks", kGauge, "networks", "", "Networks in pools."},
    {"hypergan_pool_bytes", kGauge, "bytes", "",
     "Bytes of the networks in pools."},
    {"hypergan_weight_cache_hits_total", kCounter, "batches", "",
     "Batches with a seed whose networks were kept."},
    {"hypergan_weight_cache_misses_total", kCounter, "batches", "",
     "Batches with a seed whose networks were not kept."},
    {"hypergan_weight_cache_filled_total", kCounter, "networks", "",
     "Networks put into the cache of seeds."},
    {"hypergan_weight_cache_networks", kGauge, "networks", "",
     "Networks in the cache of seeds."},
    {"hypergan_weight_cache_bytes", kGauge, "bytes", "",
     "Bytes of the networks in the cache of seeds."},

    {"hypergan_unauthenticated_calls_total", kCounter, "calls", "",
     "Calls of any method that were refused because they had no known token."},
    {"hypergan_reloads_total", kCounter, "reloads", "files, result",
     "Times that tokens or certificates were read again, and taken or "
     "refused."},
    {"hypergan_certificate_expiry_timestamp_seconds", kGauge, "seconds", "",
     "Until when the certificate is valid, since the Unix epoch; with TLS."},

    {"hypergan_server_ready", kGauge, "", "",
     "1 while requests are taken, as the health service says."},
    {"hypergan_build_info", kGauge, "", "version",
     "1; the label is the program's version."},
    {"process_start_time_seconds", kGauge, "seconds", "",
     "When the process started, since the Unix epoch."},
    {"process_cpu_seconds_total", kCounter, "seconds", "",
     "Time of processor cores that the process took."},
    {"process_resident_memory_bytes", kGauge, "bytes", "",
     "Memory that the process holds."},
    {"process_virtual_memory_bytes", kGauge, "bytes", "",
     "Address space of the process."},
    {"process_open_fds", kGauge, "files", "",
     "Open files and connections of the process."},
    {"process_max_fds", kGauge, "files", "",
     "The most files and connections it may open."},
    {"process_threads", kGauge, "threads", "", "Threads of the process."},
};

}  // namespace

absl::Span<const MetricSpec> MetricTable() { return kTable; }

const MetricSpec& SpecOf(std::string_view name, MetricType type) {
  const auto* const found = std::find_if(
      std::begin(kTable), std::end(kTable), [&](const MetricSpec& spec) {
        return spec.name == name && spec.type == type;
      });
  if (found == std::end(kTable)) {
    std::fprintf(stderr, "no %s named %.*s in the table of metrics\n",
                 TypeName(type).data(), static_cast<int>(name.size()),
                 name.data());
    std::abort();
  }
  return *found;
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      break;
  }
  return "histogram";
}

}  // namespace hypergan::server
