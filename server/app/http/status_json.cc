#include "server/app/http/status_json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/app/http/collected_metrics.h"
#include "server/serving/metrics/drift.h"

namespace hypergan::server {
namespace {

using Json = nlohmann::ordered_json;
using Labels = CollectedMetrics::Labels;

// Of what a manifest may say at any length.
constexpr size_t kMaxEntries = 24;
constexpr size_t kMaxTextBytes = 64;
constexpr size_t kMaxClassNames = 100;

// JSON has no number for what is not finite.
Json NumberOf(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json SecondsOf(absl::Duration duration) {
  return NumberOf(absl::ToDoubleSeconds(duration));
}

double UnixSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMillis(time)) / 1e3;
}

// {"bounds", "counts", "rows", "sum"}: the counts of each bucket by itself, the
// last one those beyond all bounds.
Json HistogramJson(const prometheus::ClientMetric::Histogram* histogram) {
  if (histogram == nullptr || histogram->sample_count == 0) return nullptr;
  Json bounds = Json::array();
  Json counts = Json::array();
  uint64_t before = 0;
  for (const auto& bucket : histogram->bucket) {
    counts.push_back(bucket.cumulative_count - before);
    before = bucket.cumulative_count;
    if (std::isfinite(bucket.upper_bound)) bounds.push_back(bucket.upper_bound);
  }
  return {{"bounds", bounds},
          {"counts", counts},
          {"count", histogram->sample_count},
          {"sum", NumberOf(histogram->sample_sum)}};
}

// The shares of the calibration rows in the same buckets.
Json ExpectedJson(const std::vector<double>& quantiles, const Json& bounds) {
  Json shares = Json::array();
  const auto all = static_cast<double>(quantiles.size());
  double before = 0;
  for (const double bound : bounds) {
    const auto up_to =
        std::upper_bound(quantiles.begin(), quantiles.end(), bound);
    const double share = static_cast<double>(up_to - quantiles.begin()) / all;
    shares.push_back(share - before);
    before = share;
  }
  shares.push_back(1 - before);
  return shares;
}

Json UniformJson(const Json& bounds) {
  Json shares = Json::array();
  double before = 0;
  for (const double bound : bounds) {
    shares.push_back(bound - before);
    before = bound;
  }
  shares.push_back(0);
  return shares;
}

Json DriftJson(const prometheus::ClientMetric::Histogram* scores) {
  if (scores == nullptr || scores->sample_count == 0) return nullptr;
  std::vector<double> bounds;
  std::vector<double> cumulative;
  for (const auto& bucket : scores->bucket) {
    if (!std::isfinite(bucket.upper_bound)) continue;
    bounds.push_back(bucket.upper_bound);
    cumulative.push_back(static_cast<double>(bucket.cumulative_count));
  }
  const Drift drift =
      DriftOf(bounds, cumulative, static_cast<double>(scores->sample_count));
  return {{"rows", drift.rows}, {"ks", drift.ks}, {"psi", drift.psi}};
}

Json ManifestJson(const Manifest& manifest) {
  Json validation = Json::object();
  for (const auto& [name, value] : manifest.validation) {
    if (validation.size() < kMaxEntries) validation[name] = NumberOf(value);
  }
  Json provenance = Json::object();
  for (const auto& [name, value] : manifest.provenance) {
    if (provenance.size() < kMaxEntries && value.size() <= kMaxTextBytes) {
      provenance[name] = value;
    }
  }
  Json json = {{"task", std::string(TaskName(manifest.task))},
               {"input_shape", manifest.input_shape},
               {"outputs", manifest.num_outputs},
               {"default_networks", manifest.default_num_networks},
               {"target_network", manifest.target_network},
               {"validation", validation},
               {"provenance", provenance}};
  if (manifest.calibration) {
    json["calibration"] = {
        {"primary_score", manifest.calibration->primary_score},
        {"rows", manifest.calibration->rows},
        {"threshold", NumberOf(manifest.calibration->threshold)}};
  }
  return json;
}

Json ClassesJson(const std::map<std::string, double>& rows,
                 const Manifest& manifest) {
  Json classes = Json::array();
  const auto add = [&](const std::string& label, const std::string& name) {
    const auto found = rows.find(label);
    classes.push_back(
        {{"name", name}, {"rows", found == rows.end() ? 0 : found->second}});
  };
  if (rows.empty()) return classes;
  const auto named = std::min<int64_t>(manifest.num_outputs, kMaxClassNames);
  for (int64_t index = 0; index < named; ++index) {
    add(absl::StrCat(index), manifest.class_names.empty()
                                 ? absl::StrCat("class ", index)
                                 : manifest.class_names[index]);
  }
  if (manifest.num_outputs > named) add("other", "other");
  return classes;
}

// Of the calibration rows' scores of that name; null where there are none.
const std::vector<double>* QuantilesOf(const Manifest& manifest,
                                       std::string_view score) {
  if (!manifest.calibration) return nullptr;
  if (manifest.calibration->primary_score == score) {
    return &manifest.calibration->quantiles;
  }
  for (const ScoreQuantiles& other : manifest.calibration->other_scores) {
    if (other.score == score && !other.quantiles.empty()) {
      return &other.quantiles;
    }
  }
  return nullptr;
}

// The histograms of the scores, by the names of the scores.
Json ScoresJson(const CollectedMetrics& metrics, const Labels& labels,
                const Manifest& manifest) {
  constexpr std::pair<const char*, const char*> kScores[] = {
      {"predictive_entropy", "hypergan_predictive_entropy_nats"},
      {"mutual_information", "hypergan_mutual_information_nats"},
      {"total_variance", "hypergan_total_variance"},
      {"ood_score", "hypergan_ood_score_ratio"}};
  Json scores = Json::object();
  for (const auto& [score, metric] : kScores) {
    Json histogram = HistogramJson(metrics.Histogram(metric, labels));
    if (histogram.is_null()) continue;
    if (std::string_view(score) == "ood_score") {
      histogram["expected"] = UniformJson(histogram["bounds"]);
    } else if (const auto* quantiles = QuantilesOf(manifest, score)) {
      histogram["expected"] = ExpectedJson(*quantiles, histogram["bounds"]);
    }
    scores[score] = std::move(histogram);
  }
  return scores;
}

Json ModelJson(const ServedModel& model, const CollectedMetrics& metrics) {
  const Manifest& manifest = model.engine->manifest();
  const Labels labels = {{"model", model.name},
                         {"version", absl::StrCat(model.version)}};
  const auto value = [&](std::string_view name) {
    return metrics.Value(name, labels);
  };
  const auto histogram = [&](std::string_view name) {
    return HistogramJson(metrics.Histogram(name, labels));
  };
  Json json = {{"name", model.name},
               {"version", model.version},
               {"digest", model.digest}};
  json.update(ManifestJson(manifest));
  json.update(
      {{"load_seconds", value("hypergan_model_load_duration_seconds")},
       {"requests",
        metrics.ValuesBy("code", "hypergan_requests_total", labels)},
       {"refusals",
        metrics.ValuesBy("reason", "hypergan_refusals_total", labels)},
       {"duration", histogram("hypergan_request_duration_seconds")},
       {"queue", histogram("hypergan_queue_duration_seconds")},
       {"sampling", histogram("hypergan_sampling_duration_seconds")},
       {"prediction", histogram("hypergan_prediction_duration_seconds")},
       {"rows", value("hypergan_rows_total")},
       {"judged_rows", value("hypergan_judged_rows_total")},
       {"flagged_rows", value("hypergan_ood_rows_total")},
       {"out_of_range_rows", value("hypergan_out_of_range_rows_total")},
       {"networks", value("hypergan_networks_total")},
       {"classes",
        ClassesJson(
            metrics.ValuesBy("class", "hypergan_predicted_rows_total", labels),
            manifest)},
       {"scores", ScoresJson(metrics, labels, manifest)},
       {"drift",
        DriftJson(metrics.Histogram("hypergan_ood_score_ratio", labels))}});
  return json;
}

Json ServerJson(const CollectedMetrics& metrics, absl::Time now) {
  const Labels unknown = {{"model", ""}, {"version", ""}};
  const auto infos = metrics.All("hypergan_build_info");
  return {{"version", infos.empty() ? "" : LabelOf(*infos.front(), "version")},
          {"ready", metrics.Value("hypergan_server_ready") > 0},
          {"now", UnixSeconds(now)},
          {"start_time", metrics.Value("process_start_time_seconds")},
          {"cpu_seconds", metrics.Value("process_cpu_seconds_total")},
          {"resident_bytes", metrics.Value("process_resident_memory_bytes")},
          {"open_files", metrics.Value("process_open_fds")},
          {"max_files", metrics.Value("process_max_fds")},
          {"worker_busy_seconds",
           metrics.Value("hypergan_worker_busy_seconds_total")},
          {"open_requests", metrics.Value("hypergan_open_requests")},
          {"queued_requests", metrics.Value("hypergan_queue_requests")},
          {"queued_row_networks", metrics.Value("hypergan_queue_row_networks")},
          {"queued_bytes", metrics.Value("hypergan_queue_bytes")},
          {"load_failures", metrics.Value("hypergan_load_failures_total")},
          {"requests_without_model",
           metrics.ValuesBy("code", "hypergan_requests_total", unknown)}};
}

// Versions that are loading or failed to.
Json OtherStatesJson(const CollectedMetrics& metrics) {
  Json others = Json::array();
  for (const auto* metric : metrics.All("hypergan_model_state")) {
    const std::string state = LabelOf(*metric, "state");
    if (metric->gauge.value == 0 || state == "serving") continue;
    others.push_back({{"name", LabelOf(*metric, "model")},
                      {"version", LabelOf(*metric, "version")},
                      {"state", state}});
  }
  return others;
}

void AddLimit(const char* name, absl::Duration limit, Json& limits) {
  limits[absl::StrCat(name, "_seconds")] = SecondsOf(limit);
}
template <typename Number>
void AddLimit(const char* name, Number limit, Json& limits) {
  limits[name] = limit;
}

Json LimitsJson(const Limits& limits) {
  Json all;
#define HG_LIMIT(type, name, ...) AddLimit(#name, limits.name, all);
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
  return all;
}

Json FlaggedJson(const FlaggedRequests& requests) {
  Json flagged = Json::array();
  for (const FlaggedRequest& request : requests.Latest()) {
    flagged.push_back({{"time", UnixSeconds(request.time)},
                       {"model", request.model},
                       {"version", request.version},
                       {"id", request.id},
                       {"rows", request.rows},
                       {"flagged_rows", request.flagged_rows},
                       {"highest_ood_score", NumberOf(request.highest_score)}});
  }
  return flagged;
}

}  // namespace

std::string StatusJson(const StatusParts& parts, absl::Time now) {
  const CollectedMetrics metrics(parts.registry.Collect());
  Json models = Json::array();
  if (const auto table = parts.models.Get(); table.ok()) {
    for (const ServedModel* model : (*table)->All()) {
      models.push_back(ModelJson(*model, metrics));
    }
  }
  const Json status = {{"server", ServerJson(metrics, now)},
                       {"models", models},
                       {"other_versions", OtherStatesJson(metrics)},
                       {"flagged", FlaggedJson(parts.flagged)},
                       {"limits", LimitsJson(parts.limits)}};
  // Bytes that are no UTF-8 are replaced.
  return status.dump(-1, ' ', /*ensure_ascii=*/true,
                     Json::error_handler_t::replace);
}

}  // namespace hypergan::server
