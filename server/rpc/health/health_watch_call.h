#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/health/health_service.h"

namespace hypergan::server {

// The message of Check and Watch.
absl::StatusOr<grpc::ByteBuffer> EncodeHealth(HealthService::Health health);

// One Watch: lasts until its client or the server ends it. A client that reads
// slowly misses changes on the way, never the last.
class HealthWatchCall final : public Call {
 public:
  // Borrows all of it.
  HealthWatchCall(HealthService& health, OpenCalls& calls, Arrival arrival);
  ~HealthWatchCall() override;

  const std::string& service() const { return service_; }
  // Never ends the call within itself.
  void Tell(HealthService::Health health);

 private:
  void OnMessage() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  // Does what is next, unless a write is on its way.
  void Proceed(std::unique_lock<std::mutex> lock);

  HealthService& health_;
  std::string service_;

  std::mutex mutex_;  // guards what follows
  bool watching_ = false;
  bool writing_ = false;
  bool over_ = false;
  grpc::ByteBuffer written_;
  std::optional<HealthService::Health> told_;
  std::optional<HealthService::Health> latest_;
};

}  // namespace hypergan::server
