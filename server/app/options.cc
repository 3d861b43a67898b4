#include "server/app/options.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/command_line.h"
#include "base/host_port.h"
#include "base/named_error.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/app/socket_path.h"

using hypergan::server::CaptureOptions;
using hypergan::server::Limits;
using hypergan::server::Options;
using hypergan::server::SamplingOptions;

ABSL_FLAG(
    std::string, model_repository, "",
    "Folder with <model>/<version>/model.pt or model.safetensors (this, or "
    "--model_path)");
ABSL_FLAG(std::string, model_path, "",
          "Instead of a repository, one model: a checkpoint, or a folder with "
          "one or with versions");
ABSL_FLAG(std::string, model_name, "", "Name of the model at --model_path");
ABSL_FLAG(std::string, listen, "127.0.0.1:8001",
          "Where gRPC listens: host:port, of which port 0 takes a free one, or "
          "unix:/PATH");
ABSL_FLAG(
    std::string, metrics_listen, "127.0.0.1:8002",
    "Where the status page, /metrics, /healthz and /readyz are served over "
    "HTTP, host:port; empty: nowhere");
ABSL_FLAG(std::string, device, "auto", "auto, cpu, cuda or cuda:<index>");
ABSL_FLAG(int, threads, 0, "Threads that compute; 0: one a core");
ABSL_FLAG(std::string, execution_form, "auto",
          "How networks are executed: auto, module (the checkpoint's own "
          "method), loop or batched");
ABSL_FLAG(std::string, generator_precision, "float32",
          "Numbers in which generators' weights are kept: float32 or bfloat16");
ABSL_FLAG(bool, reflection, true,
          "Offer gRPC reflection, by which tools learn the service's methods");
ABSL_FLAG(
    std::string, input_range, "warn",
    "rows far outside the range of the training rows: warn, in the answer, "
    "or refuse");
ABSL_FLAG(bool, log_requests, false,
          "Log one line for each call but those of the health service");
ABSL_FLAG(std::string, log_format, "text",
          "The log's lines: text, or json for an object a line");
ABSL_FLAG(bool, check_config, false,
          "Check the flags and every file that they name, load each model, "
          "list what is wrong and end: with 0 if nothing is");
ABSL_FLAG(absl::Duration, drain_timeout, Options().drain_timeout,
          "After SIGTERM or SIGINT, how long accepted requests may take");

#define HG_LIMIT(type, name, value, least, most, help, beyond) \
  ABSL_FLAG(type, name, Limits().name, help);
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT

ABSL_FLAG(std::string, sampling, "fresh",
          "Where the networks of requests without a seed come from; fresh: "
          "never used before; pool: a pool that is renewed by and by");
ABSL_FLAG(int64_t, reservoir_bytes, SamplingOptions().reservoir_bytes,
          "Most bytes of weight sets that are drawn ahead, or of all pools");
ABSL_FLAG(int64_t, reservoir_networks, SamplingOptions().reservoir_networks,
          "Most networks that are drawn ahead; 0: none");
ABSL_FLAG(int64_t, pool_networks, SamplingOptions().pool_networks,
          "With --sampling=pool, the networks in a model's pool");
ABSL_FLAG(absl::Duration, pool_refresh, SamplingOptions().pool_refresh,
          "How long it takes to renew all networks of a pool; inf: never");
ABSL_FLAG(int64_t, weight_cache_bytes, SamplingOptions().weight_cache_bytes,
          "Most bytes of weight sets of seeds that were asked for; 0: none");
ABSL_FLAG(std::string, capture_flagged, "",
          "Folder where the rows that are flagged out of distribution are kept "
          "as .npz files; empty: nowhere");
ABSL_FLAG(int64_t, capture_max_files, CaptureOptions().max_files,
          "Most files there; the oldest make room");
ABSL_FLAG(int64_t, capture_max_bytes, CaptureOptions().max_bytes,
          "Most bytes of all files there; the oldest make room");
ABSL_FLAG(int64_t, capture_max_per_minute, CaptureOptions().max_per_minute,
          "Most files that are written within a minute");

namespace hypergan::server {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kMany = 1'000'000'000;

Limits LimitsOfFlags() {
  Limits limits;
#define HG_LIMIT(type, name, ...) limits.name = absl::GetFlag(FLAGS_##name);
#include "server/serving/admission/limits.inc"
#undef HG_LIMIT
  return limits;
}

absl::Status BadFlag(const char* flag, const std::string& expected,
                     const std::string& got) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": expected ", expected, ", got ", got));
}

// What is wrong, so that all of it can be told at once.
class Problems {
 public:
  void Add(absl::Status status) {
    if (!status.ok()) found_.push_back(std::move(status));
  }
  // The value, or what it was before if there is a problem.
  template <typename T>
  void Set(absl::StatusOr<T> value, T* place) {
    if (!value.ok()) return Add(value.status());
    *place = *std::move(value);
  }
  std::vector<absl::Status> Take() { return std::move(found_); }

 private:
  std::vector<absl::Status> found_;
};

absl::StatusOr<SamplingOptions> SamplingOfFlags() {
  SamplingOptions sampling;
  const std::string mode = absl::GetFlag(FLAGS_sampling);
  if (mode != "fresh" && mode != "pool") {
    return BadFlag("sampling", "fresh or pool", absl::StrCat("'", mode, "'"));
  }
  sampling.mode = mode == "pool" ? SamplingMode::kPool : SamplingMode::kFresh;
  sampling.reservoir_bytes = absl::GetFlag(FLAGS_reservoir_bytes);
  sampling.reservoir_networks = absl::GetFlag(FLAGS_reservoir_networks);
  sampling.pool_networks = absl::GetFlag(FLAGS_pool_networks);
  sampling.pool_refresh = absl::GetFlag(FLAGS_pool_refresh);
  sampling.weight_cache_bytes = absl::GetFlag(FLAGS_weight_cache_bytes);
  return sampling;
}

CaptureOptions CaptureOfFlags() {
  return {.folder = absl::GetFlag(FLAGS_capture_flagged),
          .max_files = absl::GetFlag(FLAGS_capture_max_files),
          .max_bytes = absl::GetFlag(FLAGS_capture_max_bytes),
          .max_per_minute = absl::GetFlag(FLAGS_capture_max_per_minute)};
}

absl::StatusOr<InputRangePolicy> ParseInputRange(const std::string& text) {
  if (text == "warn") return InputRangePolicy::kWarn;
  if (text == "refuse") return InputRangePolicy::kRefuse;
  return BadFlag("input_range", "warn or refuse", absl::StrCat("'", text, "'"));
}

absl::StatusOr<LogFormat> ParseLogFormat(const std::string& text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return BadFlag("log_format", "text or json", Quoted(text));
}

Options OptionsOfFlags(Problems& problems) {
  Options options;
  problems.Set(SamplingOfFlags(), &options.sampling);
  options.access = AccessOfFlags();
  problems.Set(ListenModeOfFlags(), &options.access.listen_mode);
  problems.Set(ModelOptionsFromFlags(), &options.models);
  options.model_repository = absl::GetFlag(FLAGS_model_repository);
  options.model_name = absl::GetFlag(FLAGS_model_name);
  options.model_path = absl::GetFlag(FLAGS_model_path);
  options.listen = absl::GetFlag(FLAGS_listen);
  options.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  options.device = absl::GetFlag(FLAGS_device);
  options.threads = absl::GetFlag(FLAGS_threads);
  options.execution_form = absl::GetFlag(FLAGS_execution_form);
  options.generator_precision = absl::GetFlag(FLAGS_generator_precision);
  options.reflection = absl::GetFlag(FLAGS_reflection);
  options.log_requests = absl::GetFlag(FLAGS_log_requests);
  problems.Set(ParseInputRange(absl::GetFlag(FLAGS_input_range)),
               &options.input_range);
  problems.Set(ParseLogFormat(absl::GetFlag(FLAGS_log_format)),
               &options.log_format);
  options.check_config = absl::GetFlag(FLAGS_check_config);
  options.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  options.limits = LimitsOfFlags();
  options.capture = CaptureOfFlags();
  return options;
}

absl::Status CheckRange(const char* flag, int64_t value, int64_t least,
                        int64_t greatest) {
  if (least <= value && value <= greatest) return absl::OkStatus();
  return BadFlag(flag, absl::StrCat(least, "..", greatest),
                 absl::StrCat(value));
}

absl::Status CheckDuration(const char* flag, absl::Duration value,
                           absl::Duration least) {
  if (least <= value && value <= absl::Hours(24)) return absl::OkStatus();
  return BadFlag(flag, absl::StrCat(absl::FormatDuration(least), " to 24h"),
                 absl::FormatDuration(value));
}

absl::Status CheckAddress(const char* flag, const std::string& address) {
  return Named(absl::StrCat("--", flag), ParseHostPort(address).status());
}

void CheckSampling(const SamplingOptions& sampling, Problems& problems) {
  problems.Add(
      CheckRange("reservoir_bytes", sampling.reservoir_bytes, 0, 1024 * kGiB));
  problems.Add(
      CheckRange("reservoir_networks", sampling.reservoir_networks, 0, kMany));
  problems.Add(CheckRange("pool_networks", sampling.pool_networks, 1, kMany));
  problems.Add(CheckRange("weight_cache_bytes", sampling.weight_cache_bytes, 0,
                          1024 * kGiB));
  if (sampling.pool_refresh >= absl::Milliseconds(1)) return;
  problems.Add(BadFlag("pool_refresh", "1ms or more, or inf",
                       absl::FormatDuration(sampling.pool_refresh)));
}

void CheckCapture(const CaptureOptions& capture, Problems& problems) {
  problems.Add(
      CheckRange("capture_max_files", capture.max_files, 1, 1'000'000));
  problems.Add(
      CheckRange("capture_max_bytes", capture.max_bytes, 1, 1024 * kGiB));
  problems.Add(CheckRange("capture_max_per_minute", capture.max_per_minute, 1,
                          1'000'000));
}

absl::Status CheckWord(const char* flag, const std::string& word,
                       const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) {
    return absl::OkStatus();
  }
  return BadFlag(flag, absl::StrJoin(known, " or "),
                 absl::StrCat("'", word, "'"));
}

// A repository, or a path with its name.
absl::Status CheckModels(const Options& options) {
  if (!options.model_repository.empty()) {
    if (options.model_path.empty() && options.model_name.empty()) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "--model_repository: expected without --model_path and --model_name, "
        "got both");
  }
  if (options.model_path.empty() && options.model_name.empty()) {
    return absl::InvalidArgumentError(
        "--model_repository: expected a folder, got nothing; see --help");
  }
  if (options.model_path.empty()) {
    return BadFlag("model_path", "a checkpoint or a folder with --model_name",
                   "nothing");
  }
  if (options.model_name.empty()) {
    return BadFlag("model_name", "a name with --model_path", "nothing");
  }
  return absl::OkStatus();
}

absl::Status CheckListen(const std::string& address) {
  if (!IsSocketPath(address)) return CheckAddress("listen", address);
  const absl::Status status = CheckSocketPath(address);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("--listen: ", status.message()));
}

void CheckOptions(const Options& options, Problems& problems) {
  problems.Add(CheckModels(options));
  problems.Add(CheckListen(options.listen));
  if (!options.metrics_listen.empty()) {
    problems.Add(CheckAddress("metrics_listen", options.metrics_listen));
  }
  problems.Add(CheckRange("threads", options.threads, 0, 4096));
  problems.Add(CheckWord("execution_form", options.execution_form,
                         {"auto", "module", "loop", "batched"}));
  problems.Add(CheckWord("generator_precision", options.generator_precision,
                         {"float32", "bfloat16"}));
  problems.Add(CheckDuration("drain_timeout", options.drain_timeout,
                             absl::ZeroDuration()));
  CheckSampling(options.sampling, problems);
  CheckCapture(options.capture, problems);
  for (const absl::Status& problem : CheckLimits(options.limits)) {
    problems.Add(problem);
  }
  problems.Add(CheckAccess(options.access, options.listen));
}

Program Description() {
  return {.name = "hypergan-server",
          .version = HYPERGAN_VERSION,
          .usage =
              "hypergan-server --model_repository=DIR [flags]\n"
              "hypergan-server --model_name=NAME --model_path=PATH [flags]\n"
              "Serves predictions of generated networks over gRPC.",
          .flags_folder = "server/"};
}

}  // namespace

absl::StatusOr<ParsedOptions> ParseOptions(int argc, char** argv) {
  HG_ASSIGN_OR_RETURN(const CommandLine line,
                      ParseCommandLine(Description(), argc, argv));
  if (line.answer) {
    std::cout << *line.answer << std::flush;
    std::exit(std::cout ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  if (!line.arguments.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("expected flags alone, got ",
                                                   Quoted(line.arguments[0]),
                                                   "; see --help"));
  }
  Problems problems;
  ParsedOptions parsed;
  parsed.options = OptionsOfFlags(problems);
  CheckOptions(parsed.options, problems);
  parsed.problems = problems.Take();
  return parsed;
}

}  // namespace hypergan::server
