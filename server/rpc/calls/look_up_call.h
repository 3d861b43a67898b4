#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/request_log.h"

namespace hypergan::server {

// How calls of one method are answered at once.
struct LookUp {
  // The answer to a caller's message.
  using Find = std::function<absl::StatusOr<grpc::ByteBuffer>(
      const grpc::ByteBuffer& message, const Caller& caller)>;

  CallKind kind;
  Find find;
  const RequestLog* log = nullptr;  // null: its calls make no lines
};

// A call that is answered at once with bytes that are there, or are few. They
// are counted once they are being delivered, but never refused.
class LookUpCall final : public Call {
 public:
  // Borrows all of it.
  LookUpCall(OpenCalls& calls, Arrival arrival, const LookUp& look_up);

 private:
  void OnMessage() override;
  void Note(const absl::Status& status) const;

  const LookUp& look_up_;
};

}  // namespace hypergan::server
