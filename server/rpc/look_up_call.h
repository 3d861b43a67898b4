#pragma once

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/call.h"

namespace hypergan::server {

// A call that is answered at once with bytes that are there.
class LookUpCall final : public Call {
 public:
  // Gives the answer to a message. Its bytes are not counted: all calls that
  // are answered with them share them.
  using LookUp =
      std::function<absl::StatusOr<grpc::ByteBuffer>(const grpc::ByteBuffer&)>;

  LookUpCall(OpenCalls& calls, CallKind kind,
             grpc::CallbackServerContext& context, LookUp look_up)
      : Call(calls, kind, context), look_up_(std::move(look_up)) {}

 private:
  void OnMessage() override;

  const LookUp look_up_;
};

}  // namespace hypergan::server
