#include "server/rpc/predict_call.h"

#include <utility>

#include "hypergan/status_macros.h"
#include "server/serving/exception_guard.h"

namespace hypergan::server {

PredictCall::PredictCall(const EnsembleService::Parts& parts, OpenCalls& calls,
                         grpc::CallbackServerContext* context,
                         const v1::PredictRequest* request,
                         v1::PredictResponse* response)
    : parts_(parts),
      response_(*response),
      question_(parts, calls, *context, *request) {}

void PredictCall::Start(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  // Once the scheduler has the call it may be answered, and gone, at any
  // moment.
  const absl::Status status =
      GuardExceptions([&] { return Submit(std::move(table)); });
  if (!status.ok()) Finish(question_.End(status));
}

absl::Status PredictCall::Submit(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  HG_ASSIGN_OR_RETURN(Job job, question_.Read(std::move(table)));
  job.done = [this](const absl::StatusOr<Answer>& answer) {
    Finish(question_.End(GuardExceptions([&] { return Write(answer); })));
  };
  return parts_.scheduler.Submit(std::move(job));
}

absl::Status PredictCall::Write(const absl::StatusOr<Answer>& answer) {
  HG_RETURN_IF_ERROR(answer.status());
  return question_.Write(*answer, /*last=*/true, &response_);
}

}  // namespace hypergan::server
