#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "trainer/loop/epoch_report.h"

namespace hypergan::trainer {

// All that an interrupted run needs to end with the same weights as one that
// was not: random numbers are functions of the seed and the step, so none are
// here.
struct TrainingState {
  std::string fingerprint;  // of the options that the weights depend on
  std::string data_digest;  // TrainingData::digest; empty of older runs
  int64_t step = 0;         // steps done
  double best_loss = 0;     // lowest validation loss so far
  int64_t best_epoch = 0;   // that one's, from 1 on; 0: not known
  int64_t epochs_without_better = 0;
  bool is_done = false;  // stopped early
  // The epoch of the last step was interrupted while it was evaluated.
  bool is_evaluating = false;
  // Regression: the likelihood's standard deviation from here on; 0: that of
  // the options.
  double target_deviation = 0;
  EpochReport report;       // of the steps of the epoch at hand
  double seconds = 0;       // by the clock, of all parts of the run so far
  double core_seconds = 0;  // of the process's cores
  std::vector<at::Tensor> tensors;  // Learner::Tensors()
};

// Durably, as base/durable_file.h.
absl::Status SaveTrainingState(const TrainingState& state,
                               const std::string& path);

// NOT_FOUND for a missing file, DATA_LOSS for one that is damaged.
absl::StatusOr<TrainingState> LoadTrainingState(const std::string& path);

}  // namespace hypergan::trainer
