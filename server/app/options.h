#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/access/access_options.h"
#include "server/app/models/model_options.h"
#include "server/app/stderr_log.h"
#include "server/serving/admission/input_range.h"
#include "server/serving/admission/limits.h"
#include "server/serving/flagged/flagged_capture.h"
#include "server/serving/networks/sampling_options.h"

namespace hypergan::server {

// The flags of hypergan-server; docs/operations.md lists them.
struct Options {
  std::string model_repository;  // empty: the one model at model_path
  std::string model_name;
  std::string model_path;
  std::string listen;
  std::string metrics_listen;  // empty: no metrics endpoint
  std::string device;
  int threads = 0;
  std::string execution_form;
  std::string generator_precision;
  bool reflection = true;
  bool log_requests = false;
  LogFormat log_format = LogFormat::kText;
  bool check_config = false;  // and end
  InputRangePolicy input_range = InputRangePolicy::kWarn;
  absl::Duration drain_timeout = absl::Seconds(30);
  AccessOptions access;
  ModelOptions models;
  Limits limits;
  SamplingOptions sampling;
  CaptureOptions capture;
};

// The options, and everything that is wrong with them: a value outside its
// bounds, no models (or twice: a repository and a path).
struct ParsedOptions {
  Options options;
  std::vector<absl::Status> problems;
};

// Reads the command line. INVALID_ARGUMENT for an argument that is no flag.
// Prints and exits by itself for --help and --version (with 0) and for an
// unknown flag or a value that is not of its type (one line, with 1).
absl::StatusOr<ParsedOptions> ParseOptions(int argc, char** argv);

}  // namespace hypergan::server
