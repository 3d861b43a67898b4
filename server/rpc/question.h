#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/rpc/ensemble_service.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/prediction_codec.h"
#include "server/serving/job.h"
#include "server/serving/query_check.h"

namespace hypergan::server {

// What one call asks, from its arrival to its last answer: the part that
// Predict and PredictStream have in common. Lives as long as the call.
class Question {
 public:
  // Borrows all of it.
  Question(const EnsembleService::Parts& parts, OpenCalls& calls,
           grpc::CallbackServerContext& context,
           const v1::PredictRequest& request);

  // Finds the model, checks and decodes the request, and makes a job of it that
  // lacks but `progress` and `done`.
  absl::StatusOr<Job> Read(
      absl::StatusOr<std::shared_ptr<const ModelTable>> table);

  // Writes an answer, the last or one on the way. INTERNAL for one that does
  // not have the sizes that it should have.
  absl::Status Write(const Answer& answer, bool last,
                     v1::PredictResponse* response);

  // Counts and logs the end of the call; returns what the client is told.
  grpc::Status End(const absl::Status& status) noexcept;

 private:
  absl::Time ClientDeadline() const;
  absl::Status Decode();
  void Note(const absl::Status& status);
  void Log(const absl::Status& status, absl::Duration duration) const;

  const EnsembleService::Parts& parts_;
  OpenCalls& calls_;
  grpc::CallbackServerContext& context_;
  const v1::PredictRequest& request_;
  const absl::Time arrival_;

  std::optional<OpenCalls::Call> open_;      // once it found the server open
  std::shared_ptr<const ModelTable> table_;  // keeps model_ alive
  const ServedModel* model_ = nullptr;       // null until it is found
  WantedOutputs wanted_;
  std::vector<float> inputs_;
  QuerySize size_;
  std::optional<uint64_t> seed_;  // that was used, if it is known
  int64_t num_networks_ = 0;      // that were asked
};

}  // namespace hypergan::server
