#pragma once

#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/question.h"
#include "server/rpc/service_parts.h"

namespace hypergan::server {

// One PredictStream. Holds two answers at most, the one that is being written
// and the latest after it: a client that reads slowly misses some of those on
// the way, and is never waited for.
class PredictStreamCall final : public Call {
 public:
  // Borrows the parts.
  PredictStreamCall(const ServiceParts& parts, Arrival arrival);

 private:
  void OnMessage() override;
  absl::Status Submit();
  // On the worker's thread.
  void Show(const Answer& answer);
  void End(const absl::StatusOr<Answer>& answer);
  // Does what is next, unless a write is on its way. From the end of the lock
  // on the call may be gone.
  void Proceed(std::unique_lock<std::mutex> lock);

  void OnWriteDone(bool ok) override;

  const ServiceParts& parts_;
  std::optional<Question> question_;  // once its message is there

  std::mutex mutex_;  // guards what follows
  bool writing_ = false;
  grpc::ByteBuffer written_;
  std::optional<grpc::ByteBuffer> latest_;
  std::optional<grpc::Status> end_;
};

}  // namespace hypergan::server
