#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/ensemble_service.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/question.h"

namespace hypergan::server {

// One PredictStream. Holds two answers at most, the one that is being written
// and the latest after it: a client that reads slowly misses some of those on
// the way, and is never waited for. Owns itself: gRPC deletes it through
// OnDone, once it has been finished.
class PredictStreamCall final
    : public grpc::ServerWriteReactor<v1::PredictResponse> {
 public:
  PredictStreamCall(const EnsembleService::Parts& parts, OpenCalls& calls,
                    grpc::CallbackServerContext* context,
                    const v1::PredictRequest* request);

  // Checks and decodes the request and submits it to the scheduler; ends the
  // call at once if that fails. Call once; the call may be gone on return.
  void Start(absl::StatusOr<std::shared_ptr<const ModelTable>> table);

 private:
  absl::Status Submit(absl::StatusOr<std::shared_ptr<const ModelTable>> table);
  // On the worker's thread.
  void Show(const Answer& answer);
  void End(const absl::StatusOr<Answer>& answer);
  // Does what is next, unless a write is on its way. From the end of the lock
  // on the call may be gone.
  void Proceed(std::unique_lock<std::mutex> lock);

  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

  const EnsembleService::Parts& parts_;
  const v1::PredictRequest& request_;
  Question question_;

  std::mutex mutex_;  // guards what follows
  bool writing_ = false;
  v1::PredictResponse written_;
  std::optional<v1::PredictResponse> latest_;
  std::optional<grpc::Status> end_;
};

}  // namespace hypergan::server
