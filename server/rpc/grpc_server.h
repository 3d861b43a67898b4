#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/call_service.h"
#include "server/rpc/health_service.h"
#include "server/rpc/open_calls.h"
#include "server/serving/admission/limits.h"

namespace hypergan::server {

// A listening gRPC server with the standard health service and, if wanted,
// reflection.
class GrpcServer {
 public:
  // Listens on `address` (host:port; port 0 takes a free one) and answers for
  // the services, which must outlive this, as must `calls`. Health is
  // NOT_SERVING at first. UNAVAILABLE if the address cannot be had, as when it
  // is in use.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::string& address, const std::vector<CallService*>& services,
      OpenCalls& calls, const Limits& limits, bool reflection);
  // Shutdown(ZeroDuration()), if that was not done.
  ~GrpcServer();

  // The bound port.
  int port() const { return port_; }
  // Sets the health of "" and of each service.
  void SetServing(bool serving);
  // Closes the port and tells the clients of every connection to go elsewhere
  // (GOAWAY). The calls that run go on; gRPC answers CANCELLED to those that
  // cross with it.
  void StopAccepting();
  // StopAccepting, if that was not done; waits so long for the calls that run,
  // and cancels the rest. Returns once every call has been finished.
  void Shutdown(absl::Duration grace);

 private:
  explicit GrpcServer(OpenCalls& calls) : health_(calls) {}

  std::vector<std::string> names_;  // of the services; "" for the server
  HealthService health_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::future<void> closing_;  // ends when no call is left
};

}  // namespace hypergan::server
