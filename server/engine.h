#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hypergan/manifest.h"

// The seam between serving and the model. Nothing here, and nothing that
// includes it but server/engine/, needs LibTorch to compile or to link; the
// tests of the RPC and queueing code run against a fake of `Engine`.
namespace hypergan::server {

// One prediction, already checked against the engine's manifest and limits:
// inputs.size() == rows * RowSize(), all finite, rows >= 1, num_networks >= 1.
struct EnsembleQuery {
  absl::Span<const float> inputs;  // [B, ...], row-major, borrowed for the call
  int64_t rows = 0;                // B
  int64_t num_networks = 0;        // N
  uint64_t seed = 0;
  bool network_outputs = false;  // also return every network's outputs
};

// The scores of one row, as in docs/uncertainty.md; NaN where a score has no
// meaning (entropies for regression, ood_score without a calibration).
struct RowScores {
  double predictive_entropy;
  double expected_entropy;
  double mutual_information;
  double total_variance;
  double max_probability;
  double ood_score;
  bool is_ood = false;
};

struct EnsemblePrediction {
  std::vector<float> mean;             // [B, K]
  std::vector<float> variance;         // [B, K]
  std::vector<RowScores> scores;       // [B]
  std::vector<float> network_outputs;  // [N, B, K], or empty
  absl::Duration sampling;             // noise and weight sets
  absl::Duration prediction;           // outputs and scores
};

// Asked between two pieces of work, from one thread at a time but not always
// the same; anything but OK ends the prediction with it.
using Interrupt = std::function<absl::Status()>;

// One loaded version of one model. Immutable and safe to call from any thread.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const Manifest& manifest() const = 0;
  // manifest.json as it stands in the checkpoint.
  virtual const std::string& manifest_json() const = 0;

  // Samples query.num_networks networks from query.seed and asks them about
  // every row. Its memory does not grow with num_networks, but for
  // network_outputs. RESOURCE_EXHAUSTED when memory ran out, INTERNAL when the
  // model failed; the engine stays usable either way.
  virtual absl::StatusOr<EnsemblePrediction> Predict(
      const EnsembleQuery& query, const Interrupt& interrupt) const = 0;
};

}  // namespace hypergan::server
