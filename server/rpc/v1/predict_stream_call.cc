#include "server/rpc/v1/predict_stream_call.h"

#include <utility>

#include "base/status_macros.h"
#include "server/rpc/status.h"
#include "server/rpc/v1/predict_message.h"
#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {

PredictStreamCall::PredictStreamCall(const ServiceParts& parts, Arrival arrival)
    : Call(parts.calls, CallKind::kPrediction, std::move(arrival)),
      parts_(parts) {}

void PredictStreamCall::OnMessage() {
  absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(auto message, PredictMessage::Of(TakeMessage()));
    TakeMessageId(message->id());
    question_.emplace(parts_, arrival(), trace(), std::move(message),
                      /*answers=*/2);
    return absl::OkStatus();
  });
  if (!status.ok()) return Fail(ToGrpcStatus(status));
  // Once the scheduler has the call it may be over, and gone, at any moment.
  status = GuardExceptions([&] { return Submit(); });
  if (!status.ok()) Fail(question_->End(status));
}

absl::Status PredictStreamCall::Submit() {
  HG_ASSIGN_OR_RETURN(Job job, question_->Read(open()));
  if (job.network_outputs) {
    return absl::InvalidArgumentError(
        "include_network_outputs: expected with Predict alone, got it with "
        "PredictStream");
  }
  job.progress = [this](const Answer& answer) { Show(answer); };
  job.done = [this](const absl::StatusOr<Answer>& answer) { End(answer); };
  return parts_.scheduler.Submit(std::move(job));
}

void PredictStreamCall::Show(const Answer& answer) {
  grpc::ByteBuffer bytes;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_ASSIGN_OR_RETURN(bytes, question_->Encode(answer, /*last=*/false));
    return absl::OkStatus();
  });
  // The last answer will fail in the same way, and say so.
  if (!status.ok()) return;
  std::unique_lock lock(mutex_);
  latest_ = std::move(bytes);
  Proceed(std::move(lock));
}

void PredictStreamCall::End(const absl::StatusOr<Answer>& answer) {
  grpc::ByteBuffer bytes;
  const absl::Status status = GuardExceptions([&]() -> absl::Status {
    HG_RETURN_IF_ERROR(answer.status());
    HG_ASSIGN_OR_RETURN(bytes, question_->Encode(*answer, /*last=*/true));
    return absl::OkStatus();
  });
  std::unique_lock lock(mutex_);
  latest_.reset();
  const size_t bytes_left = bytes.Length();
  if (status.ok()) latest_ = std::move(bytes);
  end_ = question_->End(status);
  open().Hold(static_cast<int64_t>(written_.Length() + bytes_left));
  Proceed(std::move(lock));
}

void PredictStreamCall::Proceed(std::unique_lock<std::mutex> lock) {
  if (writing_ || (!latest_ && !end_)) return;
  const bool write = latest_.has_value();
  if (write) {
    written_ = *std::exchange(latest_, std::nullopt);
    open().Deliver();
  }
  const grpc::Status end = write ? grpc::Status::OK : *end_;
  writing_ = write;
  lock.unlock();
  // Once gRPC has it, the call may be over in another thread.
  if (write) {
    Identify();
    StartWrite(&written_);
  } else {
    Fail(end);
  }
}

void PredictStreamCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  open().Continue();
  if (!ok) latest_.reset();  // nobody reads any more
  Proceed(std::move(lock));
}

}  // namespace hypergan::server
