#include "server/app/server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "server/app/free_memory.h"
#include "server/app/http/status_json.h"
#include "server/app/listening.h"
#include "server/app/socket_path.h"
#include "server/app/stderr_log.h"

namespace hypergan::server {
namespace {

// For clients to hear by UNAVAILABLE that this server stops, before they lose
// their connections to it: gRPC answers CANCELLED to what crosses with that.
constexpr absl::Duration kUnavailablePeriod = absl::Seconds(1);
// For whatever else is still open: health watchers stay until they are told.
constexpr absl::Duration kCloseTimeout = absl::Seconds(1);
// For a cancelled prediction to come to the end of its piece of work.
constexpr absl::Duration kPiece = absl::Seconds(10);

std::string WithPort(const std::string& address, int port) {
  if (IsSocketPath(address)) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

// gRPC takes "*" for a name.
std::string GrpcAddress(const std::string& address) {
  if (!address.starts_with("*:")) return address;
  return absl::StrCat("[::]", address.substr(1));
}

}  // namespace

Server::Server(const Options& options, const AccessFiles& access,
               const Log& log, Scheduler::LossObserver device_lost)
    : options_(options),
      access_files_(access),
      log_(log),
      registry_(std::make_shared<prometheus::Registry>()),
      metrics_(*registry_),
      process_metrics_(*registry_),
      capture_(options.capture.folder.empty()
                   ? nullptr
                   : std::make_unique<FlaggedCapture>(options.capture, clock_,
                                                      *registry_, log)),
      supply_(options.sampling, options.limits, clock_, *registry_),
      scheduler_(
          options.limits, clock_, supply_, log,
          {.queue =
               [this](const QueueLevel& level) {
                 metrics_.SetQueue(level.requests, level.bytes,
                                   level.row_networks);
               },
           .busy = [this](absl::Duration time) { metrics_.AddBusy(time); },
           .loss = std::move(device_lost),
           .rest = ReturnFreeMemory}),
      calls_(options.limits, clock_),
      access_(access.tokens(), options.access.open_probes, *registry_),
      request_log_(LogEventToStderr, clock_, options.log_requests),
      call_timer_(calls_),
      ensemble_service_(Parts()),
      open_inference_service_(Parts(), HYPERGAN_VERSION),
      worker_(scheduler_),
      reloader_(access.Parts(*registry_), log, *registry_),
      life_(options, scheduler_, models_, metrics_, log) {
  metrics_.SetQueueLimits(options.limits);
  metrics_.SetBuild(HYPERGAN_VERSION);
}

// Of members that come before the services.
ServiceParts Server::Parts() {
  return {options_.limits, clock_,   access_, request_log_,         models_,
          scheduler_,      metrics_, calls_,  options_.input_range, &flagged_,
          capture_.get()};
}

HttpSources Server::Sources() {
  return {.registry = registry_,
          .ready = [this] { return ready_.load(); },
          .update = [this] { UpdateMetrics(); },
          .status_json =
              [this] {
                return StatusJson(
                    {*registry_, models_, flagged_, options_.limits},
                    absl::Now());
              }};
}

// What nobody tells when it changes.
void Server::UpdateMetrics() {
  process_metrics_.Update();
  const OpenCalls::Level open = calls_.LevelOf(CallKind::kPrediction);
  metrics_.SetOpen(open.calls, open.bytes);
}

absl::Status Server::Listen() {
  if (capture_ != nullptr) {
    HG_RETURN_IF_ERROR(capture_->Start());
  }
  if (!options_.metrics_listen.empty()) {
    HG_ASSIGN_OR_RETURN(http_, HttpServer::Start(options_.metrics_listen,
                                                 HttpRoutes(Sources())));
  }
  const bool is_path = IsSocketPath(options_.listen);
  if (is_path) HG_RETURN_IF_ERROR(CheckSocketIsFree(options_.listen));
  auto grpc = GrpcServer::Start({.address = GrpcAddress(options_.listen),
                                 .certificates = access_files_.certificates(),
                                 .unix_mode = options_.access.listen_mode,
                                 .reflection = Reflection()},
                                {&ensemble_service_, &open_inference_service_},
                                calls_, access_, options_.limits);
  if (!grpc.ok()) {
    if (is_path) return CannotBind(options_.listen);
    // gRPC does not say why.
    HG_RETURN_IF_ERROR(server::Listen(options_.listen).status());
    return grpc.status();
  }
  grpc_ = *std::move(grpc);
  return absl::OkStatus();
}

// Its methods are gRPC's own, which ask nobody for a token.
bool Server::Reflection() const {
  if (options_.reflection && access_files_.tokens() != nullptr) {
    log_("--token_file: reflection, which asks for no token, is not offered");
    return false;
  }
  return options_.reflection;
}

std::string Server::Addresses() const {
  std::string grpc =
      absl::StrCat("listening on ", WithPort(options_.listen, grpc_->port()));
  if (http_ == nullptr) return grpc;
  return absl::StrCat(grpc, ", metrics on http://",
                      WithPort(options_.metrics_listen, http_->port()),
                      "/metrics");
}

absl::StatusOr<int64_t> Server::Load(const EngineLoader& loader,
                                     const Interrupt& interrupt) {
  HG_ASSIGN_OR_RETURN(const int64_t versions, life_.Start(loader, interrupt));
  SetServing(true);
  return versions;
}

void Server::Drain() {
  SetServing(false);
  life_.Stop();
  models_.Drain();
  scheduler_.StopAccepting();
  log_("stopping");  // said once it is so: nothing new is accepted from here on
  const absl::Time end = clock_.Now() + options_.drain_timeout;
  bool idle = scheduler_.WaitUntilIdle(
      std::min(kUnavailablePeriod, options_.drain_timeout));
  // A client would otherwise ask nobody else for as long as the drain takes.
  grpc_->StopAccepting();
  idle = idle || scheduler_.WaitUntilIdle(end - clock_.Now());
  if (!idle) {
    log_("drain_timeout is over, cancelling the remaining requests");
    scheduler_.CancelAll();
    scheduler_.WaitUntilIdle(kPiece);
  }
  // What is computed is not yet delivered: a large answer to a slow client has
  // the rest of the time.
  calls_.WaitUntilNone(end - clock_.Now());
  grpc_->Shutdown(kCloseTimeout);
}

void Server::SetServing(bool serving) {
  metrics_.SetReady(serving);
  ready_ = serving;
  grpc_->SetServing(serving);
}

}  // namespace hypergan::server
