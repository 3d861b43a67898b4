#include "server/app/options.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/command_line.h"
#include "base/host_port.h"
#include "base/quoted.h"
#include "base/status_macros.h"

using hypergan::server::Limits;
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
          "Where gRPC listens, host:port; port 0 takes a free one");
ABSL_FLAG(
    std::string, metrics_listen, "127.0.0.1:8002",
    "Where /metrics, /healthz and /readyz are served over HTTP, host:port; "
    "empty: nowhere");
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
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(30),
          "After SIGTERM or SIGINT, how long accepted requests may take");

ABSL_FLAG(int64_t, max_networks, Limits().max_networks,
          "Greatest num_networks of a request");
ABSL_FLAG(int64_t, max_rows, Limits().max_rows, "Most rows of a request");
ABSL_FLAG(int64_t, max_row_networks, Limits().max_row_networks,
          "Most work of a request: its rows times its networks");
ABSL_FLAG(int64_t, max_request_bytes, Limits().max_request_bytes,
          "Most bytes of a request's message");
ABSL_FLAG(int64_t, max_response_bytes, Limits().max_response_bytes,
          "Most bytes of an answer, known before the work begins");
ABSL_FLAG(absl::Duration, max_request_time, Limits().max_request_time,
          "Longest time from a request's arrival to its answer; a client's "
          "earlier deadline comes first");
ABSL_FLAG(int64_t, max_queued_requests, Limits().max_queued_requests,
          "Most requests that wait while one is computed");
ABSL_FLAG(int64_t, max_queued_bytes, Limits().max_queued_bytes,
          "Most bytes held by the waiting requests");
ABSL_FLAG(int64_t, max_queued_row_networks, Limits().max_queued_row_networks,
          "Most work of the waiting requests: rows times networks of them all");
ABSL_FLAG(
    double, max_client_share, Limits().max_client_share,
    "What the waiting requests of one client, an address, may take up of "
    "what those of the others leave of each of these three; 1: all of it");
ABSL_FLAG(int64_t, max_open_requests, Limits().max_open_requests,
          "Most requests that are accepted and not delivered yet, and as many "
          "descriptions and health checks");
ABSL_FLAG(int64_t, max_open_bytes, Limits().max_open_bytes,
          "Most bytes of the requests that are accepted and not delivered yet, "
          "and of their answers");
ABSL_FLAG(absl::Duration, max_arrival_time, Limits().max_arrival_time,
          "How long a call's message may take to arrive");
ABSL_FLAG(absl::Duration, max_delivery_time, Limits().max_delivery_time,
          "How long a client may take to read an answer");
ABSL_FLAG(int64_t, max_piece_row_networks, Limits().max_piece_row_networks,
          "Most work that is done without looking up: rows times networks");
ABSL_FLAG(int64_t, max_piece_networks, Limits().max_piece_networks,
          "Most networks that are drawn and asked without looking up");
ABSL_FLAG(int64_t, max_piece_bytes, Limits().max_piece_bytes,
          "Most bytes of weight sets that are drawn and asked without looking "
          "up; a single network may be larger");
ABSL_FLAG(int64_t, max_batch_row_networks, Limits().max_batch_row_networks,
          "Most work of the requests that share networks: rows times networks");
ABSL_FLAG(absl::Duration, max_batch_delay, Limits().max_batch_delay,
          "How long an idle worker waits for more requests to share networks");
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
ABSL_FLAG(int, max_concurrent_streams, Limits().max_concurrent_streams,
          "Most calls at once on one connection");
ABSL_FLAG(int, max_rpc_threads, Limits().max_rpc_threads,
          "Most threads of gRPC's");
ABSL_FLAG(int64_t, max_transport_bytes, Limits().max_transport_bytes,
          "Most memory of gRPC's connections and buffers");
ABSL_FLAG(int64_t, max_metadata_bytes, Limits().max_metadata_bytes,
          "Most bytes of a call's metadata");
ABSL_FLAG(absl::Duration, max_connection_age, Limits().max_connection_age,
          "After which time, a tenth more or less, clients are told to connect "
          "anew, so that they find new replicas; inf: never");
ABSL_FLAG(int64_t, max_models, Limits().max_models,
          "Most models in the repository; more are an error");
ABSL_FLAG(int64_t, max_versions, Limits().max_versions,
          "Versions of a model that are loaded: its greatest ones");

namespace hypergan::server {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kMany = 1'000'000'000;

Limits LimitsOfFlags() {
  Limits limits;
  limits.max_networks = absl::GetFlag(FLAGS_max_networks);
  limits.max_rows = absl::GetFlag(FLAGS_max_rows);
  limits.max_row_networks = absl::GetFlag(FLAGS_max_row_networks);
  limits.max_request_bytes = absl::GetFlag(FLAGS_max_request_bytes);
  limits.max_response_bytes = absl::GetFlag(FLAGS_max_response_bytes);
  limits.max_request_time = absl::GetFlag(FLAGS_max_request_time);
  limits.max_queued_requests = absl::GetFlag(FLAGS_max_queued_requests);
  limits.max_queued_bytes = absl::GetFlag(FLAGS_max_queued_bytes);
  limits.max_queued_row_networks = absl::GetFlag(FLAGS_max_queued_row_networks);
  limits.max_client_share = absl::GetFlag(FLAGS_max_client_share);
  limits.max_open_requests = absl::GetFlag(FLAGS_max_open_requests);
  limits.max_open_bytes = absl::GetFlag(FLAGS_max_open_bytes);
  limits.max_arrival_time = absl::GetFlag(FLAGS_max_arrival_time);
  limits.max_delivery_time = absl::GetFlag(FLAGS_max_delivery_time);
  limits.max_piece_row_networks = absl::GetFlag(FLAGS_max_piece_row_networks);
  limits.max_piece_networks = absl::GetFlag(FLAGS_max_piece_networks);
  limits.max_piece_bytes = absl::GetFlag(FLAGS_max_piece_bytes);
  limits.max_batch_row_networks = absl::GetFlag(FLAGS_max_batch_row_networks);
  limits.max_batch_delay = absl::GetFlag(FLAGS_max_batch_delay);
  limits.max_concurrent_streams = absl::GetFlag(FLAGS_max_concurrent_streams);
  limits.max_rpc_threads = absl::GetFlag(FLAGS_max_rpc_threads);
  limits.max_transport_bytes = absl::GetFlag(FLAGS_max_transport_bytes);
  limits.max_metadata_bytes = absl::GetFlag(FLAGS_max_metadata_bytes);
  limits.max_connection_age = absl::GetFlag(FLAGS_max_connection_age);
  limits.max_models = absl::GetFlag(FLAGS_max_models);
  limits.max_versions = absl::GetFlag(FLAGS_max_versions);
  return limits;
}

absl::Status BadFlag(const char* flag, const std::string& expected,
                     const std::string& got) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": expected ", expected, ", got ", got));
}

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

absl::StatusOr<InputRangePolicy> ParseInputRange(const std::string& text) {
  if (text == "warn") return InputRangePolicy::kWarn;
  if (text == "refuse") return InputRangePolicy::kRefuse;
  return BadFlag("input_range", "warn or refuse", absl::StrCat("'", text, "'"));
}

absl::StatusOr<Options> OptionsOfFlags() {
  Options options;
  HG_ASSIGN_OR_RETURN(options.sampling, SamplingOfFlags());
  HG_ASSIGN_OR_RETURN(options.models, ModelOptionsFromFlags());
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
  HG_ASSIGN_OR_RETURN(options.input_range,
                      ParseInputRange(absl::GetFlag(FLAGS_input_range)));
  options.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  options.limits = LimitsOfFlags();
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
  const absl::Status status = ParseHostPort(address).status();
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": ", status.message()));
}

// Of pieces, batches and the queue.
absl::Status CheckWork(const Limits& limits) {
  HG_RETURN_IF_ERROR(CheckRange("max_queued_row_networks",
                                limits.max_queued_row_networks, 1,
                                kMany * kMany));
  if (!(limits.max_client_share > 0 && limits.max_client_share <= 1)) {
    return BadFlag("max_client_share", "a share above 0 and up to 1",
                   absl::StrCat(limits.max_client_share));
  }
  HG_RETURN_IF_ERROR(CheckRange("max_piece_row_networks",
                                limits.max_piece_row_networks, 1, kMany));
  HG_RETURN_IF_ERROR(
      CheckRange("max_piece_networks", limits.max_piece_networks, 1, 65536));
  HG_RETURN_IF_ERROR(
      CheckRange("max_piece_bytes", limits.max_piece_bytes, 1, 1024 * kGiB));
  HG_RETURN_IF_ERROR(CheckRange("max_batch_row_networks",
                                limits.max_batch_row_networks, 1, kMany));
  return CheckDuration("max_batch_delay", limits.max_batch_delay,
                       absl::ZeroDuration());
}

absl::Status CheckSampling(const SamplingOptions& sampling) {
  HG_RETURN_IF_ERROR(
      CheckRange("reservoir_bytes", sampling.reservoir_bytes, 0, 1024 * kGiB));
  HG_RETURN_IF_ERROR(
      CheckRange("reservoir_networks", sampling.reservoir_networks, 0, kMany));
  HG_RETURN_IF_ERROR(
      CheckRange("pool_networks", sampling.pool_networks, 1, kMany));
  HG_RETURN_IF_ERROR(CheckRange("weight_cache_bytes",
                                sampling.weight_cache_bytes, 0, 1024 * kGiB));
  if (sampling.pool_refresh >= absl::Milliseconds(1)) return absl::OkStatus();
  return BadFlag("pool_refresh", "1ms or more, or inf",
                 absl::FormatDuration(sampling.pool_refresh));
}

// Of calls that are open.
absl::Status CheckOpenCalls(const Limits& limits) {
  HG_RETURN_IF_ERROR(
      CheckRange("max_open_requests", limits.max_open_requests, 1, kMany));
  // Half of it, which slow clients may have, has room for one of the greatest.
  HG_RETURN_IF_ERROR(
      CheckRange("max_open_bytes", limits.max_open_bytes,
                 4 * (limits.max_request_bytes + limits.max_response_bytes) / 2,
                 1024 * kGiB));
  HG_RETURN_IF_ERROR(CheckDuration("max_arrival_time", limits.max_arrival_time,
                                   absl::Milliseconds(1)));
  return CheckDuration("max_delivery_time", limits.max_delivery_time,
                       absl::Milliseconds(1));
}

absl::Status CheckTransport(const Limits& limits) {
  HG_RETURN_IF_ERROR(CheckRange("max_concurrent_streams",
                                limits.max_concurrent_streams, 1, 1'000'000));
  // Fewer leave gRPC without a thread to answer from.
  HG_RETURN_IF_ERROR(
      CheckRange("max_rpc_threads", limits.max_rpc_threads, 4, 65536));
  HG_RETURN_IF_ERROR(CheckRange("max_transport_bytes",
                                limits.max_transport_bytes,
                                2 * limits.max_request_bytes, 1024 * kGiB));
  HG_RETURN_IF_ERROR(CheckRange("max_metadata_bytes", limits.max_metadata_bytes,
                                1024, 16 << 20));
  if (limits.max_connection_age == absl::InfiniteDuration()) {
    return absl::OkStatus();
  }
  return CheckDuration("max_connection_age", limits.max_connection_age,
                       absl::Seconds(1));
}

absl::Status CheckLimits(const Limits& limits) {
  HG_RETURN_IF_ERROR(CheckRange("max_networks", limits.max_networks, 1, kMany));
  HG_RETURN_IF_ERROR(CheckRange("max_rows", limits.max_rows, 1, kMany));
  HG_RETURN_IF_ERROR(CheckRange("max_row_networks", limits.max_row_networks, 1,
                                kMany * kMany));
  HG_RETURN_IF_ERROR(
      CheckRange("max_request_bytes", limits.max_request_bytes, 1, kGiB));
  HG_RETURN_IF_ERROR(
      CheckRange("max_response_bytes", limits.max_response_bytes, 1, kGiB));
  HG_RETURN_IF_ERROR(CheckDuration("max_request_time", limits.max_request_time,
                                   absl::Milliseconds(1)));
  HG_RETURN_IF_ERROR(
      CheckRange("max_queued_requests", limits.max_queued_requests, 1, kMany));
  // Room for one request of the greatest size, message and numbers.
  HG_RETURN_IF_ERROR(CheckRange("max_queued_bytes", limits.max_queued_bytes,
                                2 * limits.max_request_bytes, 1024 * kGiB));
  HG_RETURN_IF_ERROR(CheckWork(limits));
  HG_RETURN_IF_ERROR(CheckOpenCalls(limits));
  HG_RETURN_IF_ERROR(CheckTransport(limits));
  HG_RETURN_IF_ERROR(CheckRange("max_models", limits.max_models, 1, 10'000));
  return CheckRange("max_versions", limits.max_versions, 1, 10'000);
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

absl::Status CheckOptions(const Options& options) {
  HG_RETURN_IF_ERROR(CheckModels(options));
  HG_RETURN_IF_ERROR(CheckAddress("listen", options.listen));
  if (!options.metrics_listen.empty()) {
    HG_RETURN_IF_ERROR(CheckAddress("metrics_listen", options.metrics_listen));
  }
  HG_RETURN_IF_ERROR(CheckRange("threads", options.threads, 0, 4096));
  HG_RETURN_IF_ERROR(CheckWord("execution_form", options.execution_form,
                               {"auto", "module", "loop", "batched"}));
  HG_RETURN_IF_ERROR(CheckWord("generator_precision",
                               options.generator_precision,
                               {"float32", "bfloat16"}));
  HG_RETURN_IF_ERROR(CheckDuration("drain_timeout", options.drain_timeout,
                                   absl::ZeroDuration()));
  HG_RETURN_IF_ERROR(CheckSampling(options.sampling));
  return CheckLimits(options.limits);
}

Program Description() {
  return {.name = "hypergan-server",
          .version = HYPERGAN_VERSION,
          .usage =
              "hypergan-server --model_repository=DIR [flags]\n"
              "hypergan-server --model_name=NAME --model_path=PATH [flags]\n"
              "Serves predictions of generated networks over gRPC.",
          .flags_folder = "server/app/"};
}

}  // namespace

absl::StatusOr<Options> ParseOptions(int argc, char** argv) {
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
  HG_ASSIGN_OR_RETURN(const Options options, OptionsOfFlags());
  HG_RETURN_IF_ERROR(CheckOptions(options));
  return options;
}

}  // namespace hypergan::server
