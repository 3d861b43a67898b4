#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/http_routes.h"
#include "server/app/http_server.h"
#include "server/app/options.h"
#include "server/rpc/call_timer.h"
#include "server/rpc/grpc_server.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/open_inference/open_inference_service.h"
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
  // Borrows the first two. `device_lost` is called, from a thread of the
  // server's, when predictions fail because the device is lost to this process;
  // it must not block.
  Server(const Options& options, const Log& log,
         Scheduler::LossObserver device_lost);

  // Opens the ports. Requests are answered UNAVAILABLE, health is NOT_SERVING.
  // Errors as Listen (server/app/listening.h).
  absl::Status Listen();
  // "listening on HOST:PORT, metrics on http://HOST:PORT/metrics", as bound.
  std::string Addresses() const;

  // Loads the models of the options; then requests are taken and health is
  // SERVING. Returns the number of versions; errors as FindModelFiles and
  // LoadModels. `loader` must outlive the server.
  absl::StatusOr<int64_t> Load(const EngineLoader& loader,
                               const Interrupt& interrupt);

  // Health is NOT_SERVING, new requests are answered UNAVAILABLE; accepted ones
  // have options.drain_timeout to finish and to be delivered, then they are
  // cancelled.
  void Drain();

 private:
  ServiceParts Parts();
  HttpSources Sources();
  void UpdateMetrics();
  void SetServing(bool serving);

  const Options& options_;
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
  CallTimer call_timer_;
  EnsembleService ensemble_service_;
  open_inference::OpenInferenceService open_inference_service_;
  std::atomic<bool> ready_ = false;
  std::unique_ptr<HttpServer> http_;
  Worker worker_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace hypergan::server
