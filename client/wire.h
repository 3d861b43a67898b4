#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/model.h"
#include "client/prediction.h"
#include "client/query.h"
#include "hypergan/v1/ensemble.pb.h"

// Between this library's structs and the messages on the wire.
namespace hypergan::client {

// The same code; at most 1,024 bytes of the text.
absl::Status ToAbslStatus(const grpc::Status& status);

v1::PredictRequest ToRequest(const Query& query);

// About `count` of its rows alone, from `first` on. The query has as many
// numbers as its shape holds.
v1::PredictRequest ToRequest(const Query& query, int64_t first, int64_t count);

// INTERNAL if the answer does not hold together: a tensor that is not [rows, K]
// (or [N, rows, K]), another count of scores or classes than of rows.
absl::StatusOr<Prediction> FromResponse(const v1::PredictResponse& response,
                                        int64_t rows);

Model FromMessage(const v1::Model& message);

}  // namespace hypergan::client
