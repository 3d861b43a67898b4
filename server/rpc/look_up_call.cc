#include "server/rpc/look_up_call.h"

#include "base/status_macros.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

void LookUpCall::OnMessage() {
  grpc::ByteBuffer answer;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(open().Admit(0));
    HG_ASSIGN_OR_RETURN(answer, look_up_(TakeMessage()));
    return absl::OkStatus();
  });
  if (status.ok()) {
    Reply(std::move(answer));
  } else {
    Fail(ToGrpcStatus(status));
  }
}

}  // namespace hypergan::server
