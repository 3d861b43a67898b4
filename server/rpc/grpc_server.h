#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/access.h"
#include "server/rpc/calls/call_service.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/health/health_service.h"
#include "server/rpc/tls/current_certificates.h"
#include "server/serving/admission/limits.h"

namespace hypergan::server {

// Where and how a server listens.
struct Endpoint {
  // "HOST:PORT", of which port 0 takes a free one, or "unix:PATH".
  std::string address;
  // TLS with these, which must outlive the server; null: none.
  const CurrentCertificates* certificates = nullptr;
  int unix_mode = 0660;  // of PATH
  bool reflection = false;
};

// A listening gRPC server with the standard health service and, if wanted,
// reflection.
class GrpcServer {
 public:
  // Listens and answers for the services, which must outlive this, as must
  // `calls` and `access`. Health is NOT_SERVING at first. UNAVAILABLE if the
  // address cannot be had, as when it is in use. A socket at PATH is replaced,
  // so look before who listens there; it is removed at the end.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const Endpoint& endpoint, const std::vector<CallService*>& services,
      OpenCalls& calls, const Access& access, const Limits& limits);
  // Shutdown(ZeroDuration()), if that was not done.
  ~GrpcServer();

  // The bound port; of no meaning for a path.
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
  GrpcServer(OpenCalls& calls, const Access& access) : health_(calls, access) {}

  std::vector<std::string> names_;  // of the services; "" for the server
  HealthService health_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;  // of server_
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::future<void> closing_;  // ends when no call is left
};

}  // namespace hypergan::server
