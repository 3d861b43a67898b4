#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/access/access_files.h"
#include "server/app/http/http_routes.h"
#include "server/app/http/http_server.h"
#include "server/app/models/model_life.h"
#include "server/app/options.h"
#include "server/app/reloader.h"
#include "server/rpc/access.h"
#include "server/rpc/calls/call_timer.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/open_inference/open_inference_service.h"
#include "server/rpc/request_log.h"
#include "server/rpc/service_parts.h"
#include "server/rpc/v1/ensemble_service.h"
#include "server/serving/clock.h"
#include "server/serving/flagged/flagged_capture.h"
#include "server/serving/flagged/flagged_requests.h"
#include "server/serving/log.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/metrics/process_metrics.h"
#include "server/serving/models/current_models.h"
#include "server/serving/models/model_loading.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/scheduler.h"
#include "server/serving/scheduling/worker.h"

namespace hypergan::server {

// The parts of a running server, and the order of its life: Listen, Load, and
// Drain. For one thread; the order of the members is the order of dependence.
class Server {
 public:
  // Borrows the first three. `device_lost` is called, from a thread of the
  // server's, when predictions fail because the device is lost to this process;
  // it must not block.
  Server(const Options& options, const AccessFiles& access, const Log& log,
         Scheduler::LossObserver device_lost);

  // Opens the ports. Requests are answered UNAVAILABLE, health is NOT_SERVING.
  // Errors as Listen (server/app/listening.h).
  absl::Status Listen();
  // Reads again what may change while the server runs. From any thread.
  void Reload() {
    reloader_.ReloadNow();
    life_.LookNow();
  }
  // "listening on HOST:PORT, metrics on http://HOST:PORT/metrics", as bound.
  std::string Addresses() const;

  // Loads the models of the options; then requests are taken and health is
  // SERVING. Returns the number of versions; errors as ModelKeeper::Start.
  // `loader` must outlive the server.
  absl::StatusOr<int64_t> Load(const EngineLoader& loader,
                               const Interrupt& interrupt);

  // Health is NOT_SERVING, new requests are answered UNAVAILABLE; accepted ones
  // have options.drain_timeout to finish and to be delivered, then they are
  // cancelled.
  void Drain();

 private:
  ServiceParts Parts();
  bool Reflection() const;
  HttpSources Sources();
  void UpdateMetrics();
  void SetServing(bool serving);

  const Options& options_;
  const AccessFiles& access_files_;
  const Log& log_;
  const SystemClock clock_;
  const std::shared_ptr<prometheus::Registry> registry_;
  Metrics metrics_;
  ProcessMetrics process_metrics_;
  FlaggedRequests flagged_;
  std::unique_ptr<FlaggedCapture> capture_;  // null: nothing is kept
  NetworkSupply supply_;
  Scheduler scheduler_;
  CurrentModels models_;
  OpenCalls calls_;
  const Access access_;
  const RequestLog request_log_;
  CallTimer call_timer_;
  EnsembleService ensemble_service_;
  open_inference::OpenInferenceService open_inference_service_;
  std::atomic<bool> ready_ = false;
  std::unique_ptr<HttpServer> http_;
  Worker worker_;
  std::unique_ptr<GrpcServer> grpc_;
  Reloader reloader_;
  ModelLife life_;
};

}  // namespace hypergan::server
