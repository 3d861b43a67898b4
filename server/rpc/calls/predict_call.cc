#include "server/rpc/calls/predict_call.h"

#include <utility>

#include "base/status_macros.h"
#include "server/rpc/status.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

PredictCall::PredictCall(const ServiceParts& parts, Arrival arrival,
                         ReadMessage read_message)
    : Call(parts.calls, CallKind::kPrediction, std::move(arrival)),
      parts_(parts),
      read_message_(std::move(read_message)) {}

void PredictCall::OnMessage() {
  absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(auto message, read_message_(TakeMessage()));
    TakeMessageId(message->id());
    question_.emplace(parts_, arrival(), trace(), std::move(message),
                      /*answers=*/1);
    return absl::OkStatus();
  });
  if (!status.ok()) return Fail(ToGrpcStatus(status));
  // Once the scheduler has the call it may be answered, and gone, at any
  // moment.
  status = GuardExceptions([&] { return Submit(); });
  if (!status.ok()) Fail(question_->End(status));
}

absl::Status PredictCall::Submit() {
  HG_ASSIGN_OR_RETURN(Job job, question_->Read(open()));
  job.done = [this](const absl::StatusOr<Answer>& answer) { End(answer); };
  return parts_.scheduler.Submit(std::move(job));
}

void PredictCall::End(const absl::StatusOr<Answer>& answer) {
  grpc::ByteBuffer bytes;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(answer.status());
    HG_ASSIGN_OR_RETURN(bytes, question_->Encode(*answer, /*last=*/true));
    return absl::OkStatus();
  });
  const grpc::Status end = question_->End(status);
  if (end.ok()) {
    Reply(bytes);
  } else {
    Fail(end);
  }
}

}  // namespace hypergan::server
