#pragma once

#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hypergan/v1/ensemble.grpc.pb.h"
#include "server/rpc/open_calls.h"
#include "server/serving/clock.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/metrics.h"
#include "server/serving/model_table.h"
#include "server/serving/scheduler.h"

namespace hypergan::server {

// The RPCs. A request is checked, decoded and put in the queue on gRPC's
// thread, and answered from the worker's. Thread-safe; no exception leaves
// it.
//
// Every RPC is answered UNAVAILABLE before Serve and after Drain.
class EnsembleService final : public v1::EnsembleService::CallbackService {
 public:
  // What the service works with, all borrowed for its life.
  struct Parts {
    const Limits& limits;
    const Clock& clock;
    const Log& log;
    Scheduler& scheduler;
    Metrics& metrics;
    bool log_requests = false;  // one line for each Predict
  };

  explicit EnsembleService(const Parts& parts) : parts_(parts) {}

  void Serve(std::shared_ptr<const ModelTable> table);
  void Drain();
  // After Drain: waits, a day at most, until the answers of all predictions
  // have been sent; true when they have.
  bool WaitUntilDelivered(absl::Duration timeout) {
    return calls_.WaitUntilNone(timeout);
  }

  grpc::ServerUnaryReactor* Predict(grpc::CallbackServerContext* context,
                                    const v1::PredictRequest* request,
                                    v1::PredictResponse* response) override;
  grpc::ServerWriteReactor<v1::PredictResponse>* PredictStream(
      grpc::CallbackServerContext* context,
      const v1::PredictRequest* request) override;
  grpc::ServerUnaryReactor* ListModels(
      grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
      v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context,
                                     const v1::GetModelRequest* request,
                                     v1::Model* response) override;

 private:
  absl::StatusOr<std::shared_ptr<const ModelTable>> Table() const;

  const Parts parts_;
  OpenCalls calls_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const ModelTable> table_;
  bool draining_ = false;
};

}  // namespace hypergan::server
