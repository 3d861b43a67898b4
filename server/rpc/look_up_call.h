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
  // The answer to a message.
  using Find =
      std::function<absl::StatusOr<grpc::ByteBuffer>(const grpc::ByteBuffer&)>;

  CallKind kind;
  Find find;
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
  void Note(const absl::Status& status) const;

  const LookUp& look_up_;
};

}  // namespace hypergan::server
