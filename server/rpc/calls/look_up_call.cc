#include "server/rpc/calls/look_up_call.h"

#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

LookUpCall::LookUpCall(OpenCalls& calls, Arrival arrival, const LookUp& look_up)
    : Call(calls, look_up.kind, std::move(arrival)), look_up_(look_up) {}

void LookUpCall::OnMessage() {
  grpc::ByteBuffer answer;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(open().Admit(0));
    HG_ASSIGN_OR_RETURN(answer, look_up_.find(TakeMessage(), arrival().caller));
    return absl::OkStatus();
  });
  Note(status);
  if (status.ok()) {
    Reply(answer);
  } else {
    Fail(ToGrpcStatus(status));
  }
}

// A client is answered even where there is no memory to note it.
void LookUpCall::Note(const absl::Status& status) const {
  const auto code =
      static_cast<absl::StatusCode>(ToGrpcStatus(status).error_code());
  if (look_up_.log == nullptr || !look_up_.log->Wants(code)) return;
  GuardExceptions([&] {
    const std::string peer = arrival().context.peer();
    std::vector<Field> fields = {{"peer", peer}};
    if (!arrival().caller.name.empty()) {
      fields.push_back({"client", arrival().caller.name});
    }
    trace().AddTo(fields);
    const std::string message(status.message());
    if (!status.ok()) fields.push_back({"message", message});
    look_up_.log->Add(arrival().method, code, fields);
    return absl::OkStatus();
  }).IgnoreError();
}

}  // namespace hypergan::server
