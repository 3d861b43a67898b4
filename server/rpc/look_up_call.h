#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/call.h"
#include "server/serving/log.h"

namespace hypergan::server {

// How calls of one method are answered at once.
struct LookUp {
  CallKind kind;
  // Gives the answer to a message.
  std::function<absl::StatusOr<grpc::ByteBuffer>(const grpc::ByteBuffer&)>
      answer;
  std::string path;          // of the method
  const Log* log = nullptr;  // one line for each call; null: none
};

// A call that is answered at once with bytes that are there, or are few. They
// are counted once they are being delivered, but never refused.
class LookUpCall final : public Call {
 public:
  // Borrows all of it.
  LookUpCall(OpenCalls& calls, grpc::CallbackServerContext& context,
             const LookUp& look_up);

 private:
  void OnMessage() override;

  const LookUp& look_up_;
};

}  // namespace hypergan::server
