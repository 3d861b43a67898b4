#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "server/rpc/calls/call.h"
#include "server/rpc/calls/call_trace.h"
#include "server/rpc/calls/open_calls.h"
#include "server/rpc/prediction_message.h"
#include "server/rpc/service_parts.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/models/model_table.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// What one call asks, from the arrival of its message to its last answer: the
// part that all predictions have in common, whatever their protocol. Lives as
// long as the call.
class Question {
 public:
  // Borrows the parts, the arrival and the trace. `answers` is how many of its
  // answers a call may hold at once.
  Question(const ServiceParts& parts, const Arrival& arrival,
           const CallTrace& trace, std::unique_ptr<PredictionMessage> message,
           int answers);

  // Finds the model, checks and decodes the request, takes the call in, and
  // makes a job of it that lacks but `progress` and `done`.
  absl::StatusOr<Job> Read(OpenCalls::Call& open);

  // Encodes an answer, the last or one on the way. INTERNAL for one that does
  // not have the sizes that it should have.
  absl::StatusOr<grpc::ByteBuffer> Encode(const Answer& answer, bool last);

  // Counts and logs the end of the call, and lets go of the request; returns
  // what the client is told.
  grpc::Status End(const absl::Status& status) noexcept;

 private:
  absl::Time ClientDeadline() const;
  absl::Status Decode();
  // Warns of inputs far outside the range of the training rows, or refuses
  // them.
  absl::Status CheckRange();
  void NoteFlagged(const Answer& answer) const;
  FlaggedRows FlaggedRowsOf(const FlaggedRequest& request,
                            const Answer& answer) const;
  void Note(const absl::Status& status);
  // A line of the log; `code` is what the client is told.
  void Log(const absl::Status& status, absl::StatusCode code,
           absl::Duration duration) const;

  const ServiceParts& parts_;
  const Arrival& arrival_;
  const CallTrace& trace_;
  std::unique_ptr<PredictionMessage> message_;  // null once it has ended
  const int answers_;
  const absl::Time begin_;

  std::shared_ptr<const ModelTable> table_;  // keeps model_ alive
  const ServedModel* model_ = nullptr;       // null until it is found
  Query query_;
  std::vector<float> inputs_;
  std::vector<std::string> warnings_;
  QuerySize size_;
  std::optional<uint64_t> seed_;  // that was used, if it is known
  int64_t num_networks_ = 0;      // that were asked
  absl::Duration queued_;         // of the latest answer, as the next two
  absl::Duration drawing_;
  absl::Duration asking_;
};

}  // namespace hypergan::server
