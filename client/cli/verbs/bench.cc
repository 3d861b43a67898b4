#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "client/cli/connect.h"
#include "client/cli/flags.h"
#include "client/cli/question.h"
#include "client/cli/terminal/progress.h"
#include "client/cli/verbs/verbs.h"
#include "client/load/driver.h"
#include "client/load/ensemble_target.h"
#include "client/load/report.h"
#include "client/load/report_json.h"
#include "client/load/report_view.h"

namespace hypergan::client {
namespace {

constexpr absl::Duration kDefaultDuration = absl::Seconds(10);
// What the requests in flight may hold together.
constexpr int64_t kMaxInFlightBytes = int64_t{1} << 30;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // as signals need it

// The first Ctrl-C ends the measurement, the second the program.
void ListenForInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

absl::StatusOr<load::LoadOptions> LoadByFlags() {
  load::LoadOptions options;
  const double rate = absl::GetFlag(FLAGS_rate);
  const int64_t concurrency = absl::GetFlag(FLAGS_concurrency);
  if (rate != 0 && concurrency != 0) {
    return absl::InvalidArgumentError(
        "--rate, --concurrency: expected one of them, got both");
  }
  if (rate != 0) options.rate = rate;
  if (concurrency != 0) options.concurrency = concurrency;
  options.max_in_flight = absl::GetFlag(FLAGS_max_in_flight);
  options.warm_up = absl::GetFlag(FLAGS_warm_up);
  const int64_t requests = absl::GetFlag(FLAGS_requests);
  options.duration = absl::GetFlag(FLAGS_duration);
  if (options.duration == absl::ZeroDuration()) {
    options.duration = requests == 0 ? kDefaultDuration : load::kMaxDuration;
  }
  if (requests != 0) options.requests = requests;
  HG_RETURN_IF_ERROR(load::CheckOptions(options));
  return options;
}

absl::StatusOr<load::Setting> SettingByFlags(const Model& model) {
  load::Setting setting{.model = model.name,
                        .model_version = model.version,
                        .connections = absl::GetFlag(FLAGS_connections),
                        .seed = absl::GetFlag(FLAGS_seed)};
  HG_ASSIGN_OR_RETURN(setting.load, LoadByFlags());
  const int64_t rows = absl::GetFlag(FLAGS_rows);
  setting.rows = rows == 0 ? 1 : rows;
  const int64_t seeds = absl::GetFlag(FLAGS_seeds);
  if (seeds != 0) {
    setting.seeds = seeds;
    setting.seed = setting.seed.value_or(0);
  }
  return setting;
}

absl::Status CheckMemory(const load::Setting& setting,
                         const data::Dataset& dataset) {
  const int64_t at_once = setting.load.rate.has_value()
                              ? setting.load.max_in_flight
                              : setting.load.concurrency;
  // Neither factor is large: the target has checked them.
  const int64_t bytes = 4 * dataset.RowSize() * setting.rows;
  if (bytes <= kMaxInFlightBytes / at_once) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--rows: expected requests of at most ", kMaxInFlightBytes,
      " bytes together, got ", at_once, " of ", bytes, " bytes each"));
}

load::Recording Drive(const load::LoadOptions& options, load::Target& target) {
  Progress progress(0, std::cerr, isatty(STDERR_FILENO) != 0, Clock::System());
  const double total =
      absl::ToDoubleSeconds(options.warm_up + options.duration);
  const auto show = [&](const load::Moment& moment) {
    const double elapsed = absl::ToDoubleSeconds(moment.elapsed);
    const double by_count = static_cast<double>(moment.sent) /
                            static_cast<double>(options.requests);
    progress.Show(std::max(elapsed / total, by_count),
                  absl::StrFormat("%.0f s, %d sent, %d in flight  ", elapsed,
                                  moment.sent, moment.in_flight));
  };
  ListenForInterrupts();
  load::Driver driver(options, target, load::Clock::Steady(), interrupted,
                      show);
  return driver.Run();
}

// A load under which nothing succeeded has no figures to show.
absl::Status CheckAnySuccess(const load::Report& report) {
  if (report.succeeded > 0) return absl::OkStatus();
  if (report.errors.empty()) {
    return report.interrupted
               ? absl::CancelledError("ended before any request was measured")
               : absl::FailedPreconditionError(absl::StrCat(
                     "--duration: expected longer than a request takes, got ",
                     absl::FormatDuration(report.setting.load.duration),
                     ", in which none began"));
  }
  const auto& [code, error] = *report.errors.begin();
  return absl::Status(
      code, absl::StrCat("not one of ", report.failed,
                         " requests succeeded; one said: ", error.first));
}

}  // namespace

absl::Status RunBench() {
  HG_ASSIGN_OR_RETURN(const Style style, StyleByFlags());
  HG_ASSIGN_OR_RETURN(
      const ClientOptions options,
      OptionsByFlags(kDefaultDeadline, RetryPolicy().max_attempts));
  const std::string server = absl::GetFlag(FLAGS_server);
  HG_ASSIGN_OR_RETURN(const Client client, Client::Connect(server, options));
  HG_ASSIGN_OR_RETURN(const Model model, ModelByFlags(client));
  HG_ASSIGN_OR_RETURN(const load::Setting setting, SettingByFlags(model));
  HG_ASSIGN_OR_RETURN(
      const data::Dataset dataset,
      ReadInputsByFlags("inputs", absl::GetFlag(FLAGS_inputs), model));
  HG_ASSIGN_OR_RETURN(const std::unique_ptr<load::Target> target,
                      load::MakeEnsembleTarget(
                          server, options, setting.connections, model, dataset,
                          {.rows = setting.rows,
                           .networks = absl::GetFlag(FLAGS_networks),
                           .seed = setting.seed,
                           .seeds = setting.seeds}));
  HG_RETURN_IF_ERROR(CheckMemory(setting, dataset));
  const load::Report report =
      load::MakeReport(setting, Drive(setting.load, *target));
  HG_RETURN_IF_ERROR(CheckAnySuccess(report));
  std::cout << (absl::GetFlag(FLAGS_json) ? load::ReportJson(report)
                                          : load::RenderReport(report, style));
  return absl::OkStatus();
}

}  // namespace hypergan::client
