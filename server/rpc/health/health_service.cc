#include "server/rpc/health/health_service.h"

#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "grpc/health/v1/health.pb.h"
#include "server/rpc/health/health_watch_call.h"
#include "server/rpc/message_bytes.h"

namespace hypergan::server {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthService::HealthService(OpenCalls& calls, const Access& access)
    : CallService("grpc.health.v1.Health", calls, access, /*log=*/nullptr) {
  AddLookUp(
      "Check", CallKind::kHealthCheck,
      [this](const grpc::ByteBuffer& message, const Caller& /*caller*/) {
        return Check(message);
      },
      Admission::kProbe);
  AddCalls(
      "Watch",
      [this, &calls](Arrival arrival) {
        return std::make_unique<HealthWatchCall>(*this, calls,
                                                 std::move(arrival));
      },
      Admission::kProbe);
}

void HealthService::Set(const std::string& service, bool serving) {
  const std::lock_guard lock(mutex_);
  serving_[service] = serving;
  for (HealthWatchCall* watcher : watchers_) {
    if (watcher->service() == service) watcher->Tell(OfLocked(service));
  }
}

HealthService::Health HealthService::Of(const std::string& service) const {
  const std::lock_guard lock(mutex_);
  return OfLocked(service);
}

HealthService::Health HealthService::OfLocked(
    const std::string& service) const {
  const auto found = serving_.find(service);
  if (found == serving_.end()) return Health::kUnknownService;
  return found->second ? Health::kServing : Health::kNotServing;
}

void HealthService::Add(HealthWatchCall& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.insert(&watcher);
  watcher.Tell(OfLocked(watcher.service()));
}

void HealthService::Remove(HealthWatchCall& watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(&watcher);
}

absl::StatusOr<grpc::ByteBuffer> HealthService::Check(
    const grpc::ByteBuffer& message) const {
  HG_ASSIGN_OR_RETURN(const auto request,
                      FromBytes<HealthCheckRequest>(message));
  const Health health = Of(request.service());
  if (health == Health::kUnknownService) {
    return absl::NotFoundError(
        absl::StrCat("no service ", Quoted(request.service())));
  }
  return EncodeHealth(health);
}

absl::StatusOr<grpc::ByteBuffer> EncodeHealth(HealthService::Health health) {
  HealthCheckResponse response;
  switch (health) {
    case HealthService::Health::kUnknownService:
      response.set_status(HealthCheckResponse::SERVICE_UNKNOWN);
      break;
    case HealthService::Health::kServing:
      response.set_status(HealthCheckResponse::SERVING);
      break;
    case HealthService::Health::kNotServing:
      response.set_status(HealthCheckResponse::NOT_SERVING);
      break;
  }
  return ToBytes(response);
}

}  // namespace hypergan::server
