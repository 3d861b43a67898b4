#include "server/rpc/look_up_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

LookUpCall::LookUpCall(OpenCalls& calls, grpc::CallbackServerContext& context,
                       const LookUp& look_up)
    : Call(calls, look_up.kind, context), look_up_(look_up) {}

void LookUpCall::OnMessage() {
  grpc::ByteBuffer answer;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(open().Admit(0));
    HG_ASSIGN_OR_RETURN(answer, look_up_.find(TakeMessage()));
    return absl::OkStatus();
  });
  Note(status);
  if (status.ok()) {
    Reply(std::move(answer));
  } else {
    Fail(ToGrpcStatus(status));
  }
}

// A client is answered even where there is no memory to note it.
void LookUpCall::Note(const absl::Status& status) const {
  if (look_up_.log == nullptr) return;
  GuardExceptions([&] {
    (*look_up_.log)(absl::StrCat("call ", look_up_.path, " peer ",
                                 Quoted(peer()), " ", trace().Text(), ": ",
                                 absl::StatusCodeToString(status.code())));
    return absl::OkStatus();
  }).IgnoreError();
}

}  // namespace hypergan::server
