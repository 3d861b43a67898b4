#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/compute/network_range.h"

// The seam between serving and the model. Nothing here, and nothing that
// includes it but server/engine/, needs LibTorch to compile or to link; the
// tests of the RPC and queueing code run against a fake of `Engine`.
namespace hypergan::server {

// The scores of one row, as in docs/uncertainty.md; NaN where a score has no
// meaning (entropies for regression, the disagreement of one network, ood_score
// without a calibration for so few networks).
struct RowScores {
  double predictive_entropy;
  double expected_entropy;
  double mutual_information;
  double total_variance;
  double max_probability;
  double ood_score;
  std::optional<bool> is_ood;  // none: too few calibration rows to tell
};

// What N networks say about B rows.
struct EnsemblePrediction {
  std::vector<float> mean;             // [B, K]
  std::vector<float> variance;         // [B, K]
  std::vector<RowScores> scores;       // [B]
  std::vector<float> network_outputs;  // [N, B, K], or empty
};

// Asked between two pieces of work, from one thread at a time but not always
// the same; anything but OK ends the work with it.
using Interrupt = std::function<absl::Status()>;

// Weight sets of one engine, drawn and kept for as long as somebody holds them.
// Immutable; what they are made of is the engine's business.
class WeightSets {
 public:
  virtual ~WeightSets() = default;
  virtual int64_t count() const = 0;  // >= 1
  virtual int64_t bytes() const = 0;  // of memory, while they are held
};

// Some of those weight sets: first .. first + count - 1 of `sets`.
struct NetworkSlice {
  std::shared_ptr<const WeightSets> sets;
  int64_t first = 0;
  int64_t count = 0;
};

// The rows of one session: inputs.size() == rows * RowSize(), all finite,
// rows >= 1.
struct SessionInputs {
  absl::Span<const float> values;  // [B, ...], row-major, borrowed
  int64_t rows = 0;                // B
  bool network_outputs = false;    // also keep every network's outputs
};

// Rows that networks are asked about, piece by piece; what was said so far is
// there at any time. For one thread at a time. Its memory grows with B * K, not
// with the number of networks, but for network_outputs.
class Session {
 public:
  virtual ~Session() = default;

  // Asks these networks, in this order, about every row. When it fails none of
  // them counts, and what was there before still holds.
  // RESOURCE_EXHAUSTED when memory ran out, INTERNAL when the model failed.
  virtual absl::Status Add(absl::Span<const NetworkSlice> networks,
                           const Interrupt& interrupt) = 0;

  // How many networks count.
  virtual int64_t num_networks() const = 0;

  // The largest standard error of the mean, sqrt(variance / networks), of all
  // rows' outputs; infinite below two networks.
  virtual double LargestStandardError() const = 0;

  // The first of those rows about which a network so far had an output that is
  // not finite, as about an input too large for float32; none: they all were.
  // (An engine that has none such need not say so.)
  virtual std::optional<int64_t> FirstOverflow(int64_t /*first_row*/,
                                               int64_t /*rows*/) const {
    return std::nullopt;
  }

  // What the networks so far, at least one, say about those rows, of which none
  // overflows. Other rows that do are no hindrance.
  virtual absl::StatusOr<EnsemblePrediction> Result(int64_t first_row,
                                                    int64_t rows) const = 0;
};

// One loaded version of one model. Immutable and safe to call from any thread,
// but its sessions and draws share the machine: one at a time
// (serving/scheduler.h does).
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const Manifest& manifest() const = 0;
  // manifest.json as it stands in the checkpoint.
  virtual const std::string& manifest_json() const = 0;
  // Of one network's weight set in memory, >= 1.
  virtual int64_t network_bytes() const = 0;

  // Draws the weight sets of each range. The same seed and position give the
  // same network whatever it is drawn with.
  // RESOURCE_EXHAUSTED when memory ran out, INTERNAL when the model failed.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const WeightSets>>> Draw(
      absl::Span<const NetworkRange> ranges,
      const Interrupt& interrupt) const = 0;

  // Asked after a failure: does the device still work? INTERNAL if it does not
  // and never will for this process, as a GPU after an uncorrectable error.
  virtual absl::Status CheckDevice() const { return absl::OkStatus(); }

  // Borrows the inputs for the session's life, which must be within the
  // engine's.
  virtual absl::StatusOr<std::unique_ptr<Session>> Open(
      const SessionInputs& inputs) const = 0;
};

}  // namespace hypergan::server
