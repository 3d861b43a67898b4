#include "client/load/report.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "client/load/percentile.h"

namespace hypergan::load {
namespace {

// `sorted` is ascending.
LatencySummary Summarise(const std::vector<double>& sorted) {
  if (sorted.empty()) return {};
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  return {.mean = sum / static_cast<double>(sorted.size()),
          .min = sorted.front(),
          .p50 = Percentile(sorted, 0.5),
          .p90 = Percentile(sorted, 0.9),
          .p99 = Percentile(sorted, 0.99),
          .p999 = Percentile(sorted, 0.999),
          .max = sorted.back()};
}

double Median(const std::vector<float>& values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return Percentile(sorted, 0.5);
}

double PerSecond(int64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

Report MakeReport(const Setting& setting, Recording recording) {
  Report report;
  report.setting = setting;
  report.networks = recording.networks;
  report.window = recording.window;
  report.interrupted = recording.interrupted;
  report.succeeded = static_cast<int64_t>(recording.latencies.size());
  for (const auto& [code, error] : recording.errors) {
    report.failed += error.count;
  }
  report.errors = std::move(recording.errors);
  report.unfinished = recording.unfinished;
  report.late = recording.late;
  report.not_started = recording.not_started;
  report.latencies = std::move(recording.latencies);
  std::sort(report.latencies.begin(), report.latencies.end());
  report.latency = Summarise(report.latencies);
  report.queue = Median(recording.queue);
  report.sampling = Median(recording.sampling);
  report.prediction = Median(recording.prediction);
  report.requests_per_second =
      PerSecond(recording.completed_requests, recording.window);
  report.rows_per_second =
      PerSecond(recording.completed_rows, recording.window);
  report.evaluations_per_second =
      PerSecond(recording.completed_evaluations, recording.window);
  return report;
}

}  // namespace hypergan::load
