#pragma once

#include "absl/status/statusor.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/serving/models/model_table.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// Which parts of an answer a request wants.
struct WantedOutputs {
  bool mean = false;
  bool variance = false;
  bool scores = false;
  bool classes = false;
};

// All four for a request that names none. INVALID_ARGUMENT for a value that is
// not an output's or comes twice.
absl::StatusOr<WantedOutputs> DecodeWantedOutputs(
    const v1::PredictRequest& request);

// Of the last answer.
void EncodeStopReason(const Answer& answer, v1::PredictResponse* response);

// Fills the whole answer but its stop_reason. Its prediction must have passed
// CheckPrediction.
void EncodeResponse(const ServedModel& model, const Answer& answer,
                    const WantedOutputs& wanted, v1::PredictResponse* response);

}  // namespace hypergan::server
