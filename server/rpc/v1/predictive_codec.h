#pragma once

#include "absl/status/status.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/v1/ensemble.pb.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// What an answer says about the truth rather than about the mean. Its
// prediction must have passed CheckPrediction.

// noise_variance and predictive_variance of a regression whose checkpoint knows
// the noise; else nothing.
void EncodeNoise(const Manifest& manifest, const Answer& answer,
                 v1::PredictResponse* response);

// Intervals or prediction sets of a coverage that CheckQuery has let through.
absl::Status EncodeCoverage(const Manifest& manifest, const Answer& answer,
                            double coverage, v1::PredictResponse* response);

}  // namespace hypergan::server
