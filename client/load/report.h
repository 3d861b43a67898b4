#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/load/driver.h"
#include "client/load/recorder.h"

namespace hypergan::load {

// What was put on what.
struct Setting {
  std::string model;
  std::string model_version;
  LoadOptions load = {};
  int64_t connections = 1;
  int64_t rows = 1;
  std::optional<uint64_t> seed = {};
  int64_t seeds = 1;
};

// Seconds.
struct LatencySummary {
  double mean = 0, min = 0, p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;
};

// What a run found out. Seconds, and counts a second.
struct Report {
  Setting setting;
  int64_t networks = 0;  // N, as answered
  double window = 0;     // how long was measured
  bool interrupted = false;

  int64_t succeeded = 0;  // the requests whose latencies are summarised
  int64_t failed = 0;
  std::map<absl::StatusCode, ErrorCount> errors;
  int64_t unfinished = 0, late = 0, not_started = 0;  // see Recording

  LatencySummary latency;
  std::vector<double> latencies;  // ascending
  // Medians of the server's own times.
  double queue = 0, sampling = 0, prediction = 0;

  double requests_per_second = 0;
  double rows_per_second = 0;
  double evaluations_per_second = 0;  // of one network on one row
};

Report MakeReport(const Setting& setting, Recording recording);

}  // namespace hypergan::load
