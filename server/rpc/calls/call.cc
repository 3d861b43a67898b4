#include "server/rpc/calls/call.h"

#include <memory>
#include <utility>

#include "grpc/grpc.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

// Keeps gRPC's call, for the cancellation may come when ours is over.
OpenCalls::Cancel CancelOf(grpc::CallbackServerContext& context) {
  grpc_call* const raw = context.c_call();
  grpc_call_ref(raw);
  const std::shared_ptr<grpc_call> call(raw, grpc_call_unref);
  return [call](const absl::Status& why) {
    const grpc::Status status = ToGrpcStatus(why);
    grpc_call_cancel_with_status(
        call.get(), static_cast<grpc_status_code>(status.error_code()),
        status.error_message().c_str(), nullptr);
  };
}

}  // namespace

Call::Call(OpenCalls& calls, CallKind kind, Arrival arrival)
    : arrival_(std::move(arrival)),
      open_(calls, kind, arrival_.context.peer(), CancelOf(arrival_.context)),
      trace_(arrival_.context) {}

grpc::ByteBuffer Call::TakeMessage() {
  return std::exchange(message_, grpc::ByteBuffer());
}

void Call::OnReadDone(bool ok) {
  begun_.load(std::memory_order_acquire);
  open_.Arrive(static_cast<int64_t>(message_.Length()));
  if (ok) return OnMessage();
  // The client has gone, was ended, or sent no message; only the last of them
  // hears this.
  Fail({grpc::StatusCode::UNIMPLEMENTED, "the call has no message"});
}

// A client is answered even where there is no memory to say by what name.
void Call::Identify() {
  if (identified_) return;
  identified_ = true;
  GuardExceptions([&] {
    trace_.Return(arrival_.context);
    return absl::OkStatus();
  }).IgnoreError();
}

void Call::Reply(const grpc::ByteBuffer& reply) {
  Identify();
  reply_ = reply;  // shares its memory
  open_.Hold(static_cast<int64_t>(reply_.Length()));
  open_.Deliver();
  StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
}

void Call::Fail(const grpc::Status& status) {
  if (!identified_ && status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    // Then the answer is one frame, and a proxy sees in it that it should ask
    // another replica. What comes in two it has begun to pass on.
    identified_ = true;
    GuardExceptions([&] {
      trace_.ReturnAtEnd(arrival_.context);
      return absl::OkStatus();
    }).IgnoreError();
  }
  Identify();
  open_.Hold(0);
  open_.Deliver();
  Finish(status);
}

}  // namespace hypergan::server
