#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/map.h"
#include "inference/grpc_service.pb.h"
#include "server/rpc/prediction_message.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server::open_inference {

using Parameters =
    google::protobuf::Map<std::string, inference::InferParameter>;

// Sets what the parameters of a request ask for; all others keep their values.
// Each may be a number (or a bool, where that is meant) or a string of one.
// INVALID_ARGUMENT for an unknown parameter, and for a value of another type.
absl::Status ReadParameters(const Parameters& parameters, Query& query);

// What an answer's parameters tell of its networks.
void WriteParameters(const Answer& answer, Parameters& parameters);

}  // namespace hypergan::server::open_inference
