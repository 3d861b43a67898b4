#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hypergan/ensemble/ensemble.h"
#include "hypergan/ensemble/moments.h"

namespace hypergan {

// An ensemble's answer about B rows that grows by networks, to stop at any
// time: partial results, and as many networks as an accuracy needs. Whatever
// the pieces, the answer is that of all networks taken in (to float64
// rounding). Memory grows with B * K only, but for network_outputs. For one
// thread; each call counts as one of the ensemble's.
class EnsembleAccumulator {
 public:
  // `inputs` as in Ensemble::Predict; of `options`, network_outputs and
  // interrupt. The ensemble is borrowed and must outlive the accumulator, the
  // inputs' memory its last Add.
  EnsembleAccumulator(const Ensemble* ensemble, at::Tensor inputs,
                      EnsembleOptions options);

  // Takes in weight sets of the ensemble's Sample. Errors as Ensemble::Predict,
  // but for outputs that are not finite: FirstOverflow tells of those. On an
  // error, the interrupt's included, nothing of them is taken in and the
  // accumulator stays usable.
  absl::Status Add(absl::Span<const WeightSets> weight_sets);
  absl::Status Add(const WeightSets& weight_sets) {
    return Add(absl::MakeConstSpan(&weight_sets, 1));
  }
  // Samples networks first .. first + count - 1 of `seed` and takes them in,
  // without ever holding all of them. Errors as Add.
  absl::Status AddSampled(uint64_t seed, int64_t first, int64_t count);

  // Networks taken in so far.
  int64_t num_networks() const { return total_.outputs.count(); }
  // The largest of sqrt(variance / N) over rows and outputs: how far the mean
  // may still move. Infinite for fewer than two networks.
  double LargestStandardError() const;
  // The first of rows first .. first + count - 1 about which a network so far
  // had an output that is not finite; none: they all were.
  std::optional<int64_t> FirstOverflow(int64_t first, int64_t count) const;
  // The answer of the networks so far; FAILED_PRECONDITION when there are none,
  // INTERNAL when a row overflows. The times are those of all Adds.
  absl::StatusOr<EnsembleOutputs> Outputs() const;
  // The same where some rows overflow: what it says about them means nothing,
  // what it says about the others is as good as ever.
  absl::StatusOr<EnsembleOutputs> OutputsWhereFinite() const;

 private:
  // What one worker has seen; merged in the workers' order.
  struct Partial {
    Moments outputs;    // of [n, B, K]
    Moments entropies;  // of [n, B, 1]
    // [B] bool on the CPU, the rows with outputs that are not finite; undefined
    // as long as there are none.
    at::Tensor overflows;
    absl::Duration sampling;
    absl::Duration prediction;
    std::vector<at::Tensor> network_outputs;
  };
  using SamplePiece = std::function<std::vector<WeightSets>(int64_t piece)>;

  absl::Status Run(int64_t pieces, const SamplePiece& sample);
  absl::Status RunPiece(absl::Span<const WeightSets> weight_sets,
                        Partial* partial, at::Tensor* network_outputs);
  void Accumulate(at::Tensor outputs, Partial* partial,
                  at::Tensor* network_outputs);
  absl::Status Interrupted() ABSL_LOCKS_EXCLUDED(mutex_);

  const Ensemble* const ensemble_;
  const at::Tensor inputs_;
  const EnsembleOptions options_;
  at::Tensor rows_;  // the inputs on the device
  Partial total_;
  absl::Mutex mutex_;
};

}  // namespace hypergan
