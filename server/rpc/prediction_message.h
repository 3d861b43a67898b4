#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/grpcpp.h"
#include "server/serving/admission/query_check.h"
#include "server/serving/models/model_table.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// What a request asks of a model, in no protocol's words.
struct Query {
  QueryClaim claim;  // its shape is borrowed from the message
  std::optional<uint64_t> seed;
  bool allow_partial = false;
};

// What a client is told, the last or on the way; borrowed.
struct Reply {
  const Answer& answer;
  const std::vector<std::string>& warnings;
  bool is_last = true;
};

// One request for a prediction, as its protocol writes it: the only part of a
// prediction that protocols do not share. For one thread at a time.
class PredictionMessage {
 public:
  virtual ~PredictionMessage() = default;

  virtual const std::string& model_name() const = 0;
  virtual const std::string& model_version() const = 0;  // empty: the greatest
  // The client's own name for the request; empty: it has none.
  virtual absl::string_view id() const { return ""; }
  // What it takes in memory. Fields that nobody knows count too.
  virtual int64_t bytes() const = 0;

  // Reads all but the numbers. INVALID_ARGUMENT for what the protocol or the
  // model does not have.
  virtual absl::StatusOr<Query> Read(const ServedModel& model) = 0;
  // The numbers of the inputs, of which there must be `count`; not looked at
  // one by one. Called once, after Read. INVALID_ARGUMENT for another length.
  virtual absl::StatusOr<std::vector<float>> Inputs(int64_t count) = 0;
  // An answer, the last or one on the way, that has passed CheckPrediction.
  virtual absl::StatusOr<grpc::ByteBuffer> Encode(const ServedModel& model,
                                                  const Reply& reply) = 0;
};

}  // namespace hypergan::server
