#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/ensemble_service.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/question.h"

namespace hypergan::server {

// One Predict from its arrival to its answer. Owns itself: gRPC deletes it
// through OnDone, once it has been finished.
class PredictCall final : public grpc::ServerUnaryReactor {
 public:
  PredictCall(const EnsembleService::Parts& parts, OpenCalls& calls,
              grpc::CallbackServerContext* context,
              const v1::PredictRequest* request, v1::PredictResponse* response);

  // Checks and decodes the request and submits it to the scheduler; answers it
  // at once if that fails. Call once; the call may be gone on return.
  void Start(absl::StatusOr<std::shared_ptr<const ModelTable>> table);

 private:
  absl::Status Submit(absl::StatusOr<std::shared_ptr<const ModelTable>> table);
  absl::Status Write(const absl::StatusOr<Answer>& answer);

  void OnDone() override { delete this; }

  const EnsembleService::Parts& parts_;
  v1::PredictResponse& response_;
  Question question_;
};

}  // namespace hypergan::server
