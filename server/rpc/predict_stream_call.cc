#include "server/rpc/predict_stream_call.h"

#include <utility>

#include "hypergan/status_macros.h"
#include "server/serving/exception_guard.h"

namespace hypergan::server {

PredictStreamCall::PredictStreamCall(const EnsembleService::Parts& parts,
                                     OpenCalls& calls,
                                     grpc::CallbackServerContext* context,
                                     const v1::PredictRequest* request)
    : parts_(parts),
      request_(*request),
      question_(parts, calls, *context, *request) {}

void PredictStreamCall::Start(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  // Once the scheduler has the call it may be over, and gone, at any moment.
  const absl::Status status =
      GuardExceptions([&] { return Submit(std::move(table)); });
  if (!status.ok()) Finish(question_.End(status));
}

absl::Status PredictStreamCall::Submit(
    absl::StatusOr<std::shared_ptr<const ModelTable>> table) {
  HG_ASSIGN_OR_RETURN(Job job, question_.Read(std::move(table)));
  if (request_.include_network_outputs()) {
    return absl::InvalidArgumentError(
        "include_network_outputs: expected with Predict alone, got it with "
        "PredictStream");
  }
  job.progress = [this](const Answer& answer) { Show(answer); };
  job.done = [this](const absl::StatusOr<Answer>& answer) { End(answer); };
  return parts_.scheduler.Submit(std::move(job));
}

void PredictStreamCall::Show(const Answer& answer) {
  v1::PredictResponse response;
  const absl::Status status = GuardExceptions(
      [&] { return question_.Write(answer, /*last=*/false, &response); });
  // The last answer will fail in the same way, and say so.
  if (!status.ok()) return;
  std::unique_lock lock(mutex_);
  latest_ = std::move(response);
  Proceed(std::move(lock));
}

void PredictStreamCall::End(const absl::StatusOr<Answer>& answer) {
  v1::PredictResponse response;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(answer.status());
    return question_.Write(*answer, /*last=*/true, &response);
  });
  std::unique_lock lock(mutex_);
  latest_.reset();
  if (status.ok()) latest_ = std::move(response);
  end_ = question_.End(status);
  Proceed(std::move(lock));
}

void PredictStreamCall::Proceed(std::unique_lock<std::mutex> lock) {
  if (writing_ || (!latest_ && !end_)) return;
  const bool write = latest_.has_value();
  if (write) written_ = *std::exchange(latest_, std::nullopt);
  const grpc::Status end = write ? grpc::Status::OK : *end_;
  writing_ = write;
  lock.unlock();
  // Once gRPC has it, the call may be over in another thread.
  if (write) {
    StartWrite(&written_);
  } else {
    Finish(end);
  }
}

void PredictStreamCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  if (!ok) latest_.reset();  // nobody reads any more
  Proceed(std::move(lock));
}

}  // namespace hypergan::server
