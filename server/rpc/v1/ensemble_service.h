#pragma once

#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call_service.h"
#include "server/rpc/service_parts.h"
#include "server/rpc/v1/descriptions.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// The RPCs of hypergan.v1.EnsembleService. A request is checked, decoded and
// put in the queue on gRPC's thread, and answered from the worker's.
// Thread-safe; no exception leaves it.
//
// Every RPC is answered UNAVAILABLE while there are no current models.
class EnsembleService final : public CallService {
 public:
  explicit EnsembleService(const ServiceParts& parts);

 private:
  // What ListModels and GetModel tell of one table.
  struct Described {
    std::shared_ptr<const ModelTable> table;
    std::shared_ptr<const Descriptions> descriptions;
  };

  absl::StatusOr<grpc::ByteBuffer> ListModels(const grpc::ByteBuffer& message,
                                              const Caller& caller);
  absl::StatusOr<grpc::ByteBuffer> GetModel(const grpc::ByteBuffer& message,
                                            const Caller& caller);
  // Of the current models. UNAVAILABLE without them, INTERNAL if they cannot be
  // described.
  absl::StatusOr<Described> Describe();

  const ServiceParts parts_;
  std::mutex mutex_;  // guards what follows
  // Of a table that this does not keep alive: versions are released meanwhile.
  std::weak_ptr<const ModelTable> described_;
  std::shared_ptr<const Descriptions> descriptions_;
};

}  // namespace hypergan::server
