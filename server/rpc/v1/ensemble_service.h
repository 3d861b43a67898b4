#pragma once

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/call_service.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/v1/descriptions.h"
#include "server/serving/clock.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/model_table.h"
#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// The RPCs of hypergan.v1.EnsembleService. A request is checked, decoded and
// put in the queue on gRPC's thread, and answered from the worker's.
// Thread-safe; no exception leaves it.
//
// Every RPC is answered UNAVAILABLE before Serve and after Drain.
class EnsembleService final : public CallService {
 public:
  // What the service works with, all borrowed for its life.
  struct Parts {
    const Limits& limits;
    const Clock& clock;
    const Log& log;
    Scheduler& scheduler;
    Metrics& metrics;
    OpenCalls& calls;
    bool log_requests = false;  // one line for each Predict
  };
  // What is served.
  struct Models {
    std::shared_ptr<const ModelTable> table;
    Descriptions descriptions;
  };

  explicit EnsembleService(const Parts& parts);

  // INTERNAL if the models cannot be described.
  absl::Status Serve(std::shared_ptr<const ModelTable> table);
  void Drain();

  // UNAVAILABLE before Serve and after Drain.
  absl::StatusOr<std::shared_ptr<const Models>> ServedModels() const;
  const Parts& parts() const { return parts_; }

 private:
  absl::StatusOr<grpc::ByteBuffer> ListModels(
      const grpc::ByteBuffer& message) const;
  absl::StatusOr<grpc::ByteBuffer> GetModel(
      const grpc::ByteBuffer& message) const;

  const Parts parts_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Models> models_;
  bool draining_ = false;
};

}  // namespace hypergan::server
