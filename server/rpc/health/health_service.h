#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call_service.h"
#include "server/rpc/calls/open_calls.h"

namespace hypergan::server {

class HealthWatchCall;

// The standard health service, grpc.health.v1.Health. gRPC brings one, whose
// calls nobody could bound. Thread-safe.
class HealthService final : public CallService {
 public:
  enum class Health { kUnknownService, kServing, kNotServing };

  // Borrows them.
  HealthService(OpenCalls& calls, const Access& access);

  // Sets the health of a service, "" for the server, and tells its watchers.
  void Set(const std::string& service, bool serving);

  Health Of(const std::string& service) const;
  // Tells a watcher of its service's health now and of each change, until it is
  // taken out.
  void Add(HealthWatchCall& watcher);
  void Remove(HealthWatchCall& watcher);

 private:
  absl::StatusOr<grpc::ByteBuffer> Check(const grpc::ByteBuffer& message) const;
  Health OfLocked(const std::string& service) const;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, bool> serving_;
  std::set<HealthWatchCall*> watchers_;
};

}  // namespace hypergan::server
