#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/checkpoint/manifest.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/scheduling/job.h"

namespace hypergan::server {

// What a request says before its numbers are read.
struct QueryClaim {
  absl::Span<const int64_t> shape;  // of the inputs
  int64_t num_networks = 0;         // 0: the model's default
  bool network_outputs = false;
  std::optional<double> target_standard_error = {};
  std::optional<int64_t> max_networks = {};  // with a target
  std::optional<double> coverage = {};       // of intervals or prediction sets
};

// What is left of a claim that was found good.
struct QuerySize {
  int64_t rows = 0;          // B, 1..max_rows
  int64_t num_networks = 0;  // N, 1..max_networks; with a target: the least
  std::optional<Target> target;
  int64_t values = 0;          // numbers in the inputs: B times the row's size
  int64_t response_bytes = 0;  // most bytes of the answer
};

// Evaluates a claim by what the model takes and the limits allow, before
// anything is allocated.
//   INVALID_ARGUMENT    the shape is not [B, input shape...] with B >= 1, N or
//                       the most networks are outside 1..max_networks, N is
//                       above the most that was named, the target is not a
//                       positive number, the coverage not between 0 and 1,
//                       or there is a most without a target
//   FAILED_PRECONDITION a coverage that the checkpoint cannot give: it has no
//                       noise, no calibration of labels, or too few rows of it
//   RESOURCE_EXHAUSTED  more rows, work, or bytes of answer than the limits
//                       allow; with a target, N of them too
// A default N above max_networks counts as max_networks. A target without the
// most networks may take as many as the limits allow.
absl::StatusOr<QuerySize> CheckQuery(const QueryClaim& claim,
                                     const Manifest& manifest,
                                     const Limits& limits);

// INVALID_ARGUMENT, naming the first of them, for a value that is not finite.
absl::Status CheckFinite(absl::Span<const float> values);

// INVALID_ARGUMENT, naming the first such row, for finite inputs about which
// the networks' mean or variance is too large for float32, or a score for
// float64: an answer is finite or none.
absl::Status CheckFinite(const EnsemblePrediction& prediction);

// INTERNAL unless the prediction has the sizes of `rows` rows and, if asked
// for, the outputs of `num_networks` networks; guards the encoder against a
// model that breaks its promise.
absl::Status CheckPrediction(const EnsemblePrediction& prediction, int64_t rows,
                             int64_t num_networks, bool network_outputs,
                             const Manifest& manifest);

}  // namespace hypergan::server
