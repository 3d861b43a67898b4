#include "server/app/program.h"

#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/cores.h"
#include "base/quoted.h"
#include "base/signals.h"
#include "base/status_macros.h"
#include "server/app/access/access_files.h"
#include "server/app/config_check.h"
#include "server/app/models/checkpoint_check.h"
#include "server/app/models/model_files.h"
#include "server/app/options.h"
#include "server/app/server.h"
#include "server/app/signals.h"
#include "server/app/stderr_log.h"

// Protobuf's own log, until it wrote to Abseil's.
#if __has_include("google/protobuf/stubs/logging.h")
#include "google/protobuf/stubs/logging.h"
#else
#include "absl/log/globals.h"
#endif

namespace hypergan::server {
namespace {

// Before the ports are open.
absl::Status CheckModelFiles(const Options& options) {
  const auto quiet = [](std::string_view) {};
  return FindModelFiles(options, quiet).status();
}

// What the libraries would write, our statuses say in one line, and a client
// must not be able to fill the log. GRPC_VERBOSITY in the environment still
// wins.
void SilenceLibraries() {
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
#if __has_include("google/protobuf/stubs/logging.h")
  google::protobuf::SetLogHandler(nullptr);
#else
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
#endif
}

// Each connection is an open file, and gRPC 1.51 never accepts another once it
// has run out of them (CVE-2023-4785): as many as the system allows.
void RaiseFileLimit() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

// For the person at the terminal and the script that waits for it.
void Announce(const std::string& line) { std::cout << line << std::endl; }

// A device that is lost stays so until another process opens it, so this one
// ends: whoever watches over it starts the next.
class LostDevice {
 public:
  void Note(const absl::Status& why) {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return;
    status_ = absl::InternalError(
        absl::StrCat("the device is lost, start again: ", why.message()));
    Signals::RaiseStop();
  }
  absl::Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;
  absl::Status status_;
};

// No request is lost while the server starts, so a model that takes longer is
// left in the middle.
constexpr Signals::Patience kStart = {absl::Seconds(2), EXIT_SUCCESS};

// Server::Drain has its own bounds, which hold unless work never comes to the
// end of its piece.
Signals::Patience DrainPatience(const Options& options) {
  return {options.drain_timeout + absl::Seconds(15), EXIT_FAILURE};
}

absl::Status LoadAndServe(const EngineLoader& loader, Signals& signals,
                          Server& server) {
  const auto versions = server.Load(loader, [&signals] {
    return signals.Stopped() ? absl::CancelledError("stopped while loading")
                             : absl::OkStatus();
  });
  if (signals.Stopped()) return absl::OkStatus();
  HG_RETURN_IF_ERROR(versions.status());
  Announce(absl::StrCat("serving ", *versions,
                        *versions == 1 ? " model" : " models"));
  return absl::OkStatus();
}

absl::Status Run(const Options& options, const OpenDevice& open_device,
                 const Log& log, Signals& signals) {
  HG_RETURN_IF_ERROR(CheckModelFiles(options));
  HG_ASSIGN_OR_RETURN(const AccessFiles access,
                      AccessFiles::Read(options.access));
  HG_ASSIGN_OR_RETURN(const EngineLoader loader, open_device(options));
  LostDevice lost;
  Server server(options, access, log,
                [&lost](const absl::Status& why) { lost.Note(why); });
  HG_RETURN_IF_ERROR(server.Listen());
  signals.SetHangup([&server] { server.Reload(); });
  const absl::Cleanup forget = [&signals] { signals.SetHangup(nullptr); };
  Announce(server.Addresses());
  HG_RETURN_IF_ERROR(LoadAndServe(loader, signals, server));
  signals.SetPatience(DrainPatience(options));
  signals.WaitForStop();
  server.Drain();
  log("stopped");
  return lost.status();
}

// More threads than cores make every answer late.
void LimitThreads(Options* options) {
  const int cores = AvailableCores();
  const std::string warning = ThreadsWarning(options->threads, cores);
  if (warning.empty()) return;
  LogToStderr(warning);
  options->threads = cores;
}

std::vector<absl::Status> Check(ParsedOptions parsed,
                                const OpenDevice& open_device, const Log& log) {
  std::vector<absl::Status> problems = std::move(parsed.problems);
  for (absl::Status& problem : CheckConfig(parsed.options, open_device, log)) {
    problems.push_back(std::move(problem));
  }
  if (problems.empty()) Announce("the configuration is good");
  return problems;
}

// Why it ends with an error, if it does.
std::vector<absl::Status> ParseAndRun(int argc, char** argv,
                                      const OpenDevice& open_device) {
  auto parsed = ParseOptions(argc, argv);
  if (!parsed.ok()) return {parsed.status()};
  Options& options = parsed->options;
  SetLogFormat(options.log_format);
  const Log log = LogToStderr;
  if (options.check_config) {
    return Check(*std::move(parsed), open_device, log);
  }
  if (!parsed->problems.empty()) return {parsed->problems.front()};
  LimitThreads(&options);
  Signals signals(log, kStart);
  const absl::Status status = Run(options, open_device, log, signals);
  return status.ok() ? std::vector<absl::Status>() : std::vector{status};
}

}  // namespace

int RunProgram(int argc, char** argv, const OpenDevice& open_device) {
  IgnoreFileSizeSignal();  // of a log in a file
  SilenceLibraries();
  if (IsCheckCommand(argc, argv)) {
    return RunCheckCommand(argc, argv, open_device);
  }
  RaiseFileLimit();
  const std::vector<absl::Status> problems =
      ParseAndRun(argc, argv, open_device);
  for (const absl::Status& problem : problems) {
    std::cerr << "hypergan-server: " << OneLine(std::string(problem.message()))
              << std::endl;
  }
  return problems.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace hypergan::server
