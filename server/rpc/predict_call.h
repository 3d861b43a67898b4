#pragma once

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/ensemble_service.h"
#include "server/rpc/prediction_codec.h"

namespace hypergan::server {

// One Predict from its arrival to its answer. Owns itself: gRPC deletes it
// through OnDone, once it has been finished.
class PredictCall final : public grpc::ServerUnaryReactor {
 public:
  PredictCall(const EnsembleService::Parts& parts, SeedSource& seeds,
              grpc::CallbackServerContext* context,
              const v1::PredictRequest* request, v1::PredictResponse* response);

  // Checks and decodes the request and submits it to the executor; answers it
  // at once if that fails. Call once; the call may be gone on return.
  void Start(absl::StatusOr<std::shared_ptr<const ModelTable>> table);

 private:
  absl::Status Enqueue(absl::StatusOr<std::shared_ptr<const ModelTable>> table);
  absl::Status Decode();
  absl::Time Deadline() const;
  // On the worker's thread.
  absl::Status Answer(const Interrupt& interrupt, absl::Duration queued);
  void FinishWith(const absl::Status& status);
  void LogAnswer(const absl::Status& status, absl::Duration duration) const;

  void OnDone() override { delete this; }

  const EnsembleService::Parts& parts_;
  SeedSource& seeds_;
  grpc::CallbackServerContext* const context_;
  const v1::PredictRequest& request_;
  v1::PredictResponse& response_;
  const absl::Time arrival_;

  std::shared_ptr<const ModelTable> table_;  // keeps model_ alive
  const ServedModel* model_ = nullptr;       // null until it is found
  WantedOutputs wanted_;
  std::vector<float> inputs_;
  EnsembleQuery query_;
};

}  // namespace hypergan::server
