#include "server/rpc/health/health_watch_call.h"

#include <utility>

#include "base/status_macros.h"
#include "grpc/health/v1/health.pb.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

HealthWatchCall::HealthWatchCall(HealthService& health, OpenCalls& calls,
                                 Arrival arrival)
    : Call(calls, CallKind::kHealthWatch, std::move(arrival)),
      health_(health) {}

HealthWatchCall::~HealthWatchCall() { health_.Remove(*this); }

void HealthWatchCall::OnMessage() {
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(open().Admit(0));
    HG_ASSIGN_OR_RETURN(
        const auto request,
        FromBytes<grpc::health::v1::HealthCheckRequest>(TakeMessage()));
    service_ = request.service();
    return absl::OkStatus();
  });
  if (!status.ok()) return Fail(ToGrpcStatus(status));
  Identify();
  {
    const std::lock_guard lock(mutex_);
    watching_ = true;
  }
  health_.Add(*this);
}

void HealthWatchCall::Tell(HealthService::Health health) {
  std::unique_lock lock(mutex_);
  latest_ = health;
  Proceed(std::move(lock));
}

void HealthWatchCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  over_ = over_ || !ok;
  open().Continue();
  Proceed(std::move(lock));
}

void HealthWatchCall::OnCancel() {
  std::unique_lock lock(mutex_);
  over_ = true;
  Proceed(std::move(lock));
}

void HealthWatchCall::Proceed(std::unique_lock<std::mutex> lock) {
  if (!watching_ || writing_) return;
  if (!over_ && latest_ != told_) {
    absl::StatusOr<grpc::ByteBuffer> bytes = EncodeHealth(*latest_);
    told_ = latest_;
    over_ = !bytes.ok();
    writing_ = !over_;
    if (writing_) written_ = *std::move(bytes);
  }
  const bool write = writing_;
  watching_ = !over_;
  const bool finish = over_;
  lock.unlock();
  // Once gRPC has it, the call may be over in another thread.
  if (write) {
    open().Deliver();
    StartWrite(&written_);
  } else if (finish) {
    Fail(grpc::Status::CANCELLED);
  }
}

}  // namespace hypergan::server
