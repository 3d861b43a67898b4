#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/data/data_profile.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/loop/stop.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

struct TrainingResult {
  std::string checkpoint;  // empty if interrupted before the first was written
  bool interrupted = false;
  int64_t parameters = 0;  // of the target network
  double seconds = 0;  // by the clock, evaluating included, of all its parts
  double core_seconds = 0;
  // The epoch that was kept, from 1 on, and the last one that was trained; 0
  // before the first evaluation.
  int64_t kept_epoch = 0, last_epoch = 0;
  bool has_choice = false;   // of several epochs that were evaluated
  std::string validated_on;  // "validation", or "training" for want of those
  // Of the chosen checkpoint on rows that training never saw, and which these
  // are; without figures, why there are none.
  Figures test;
  std::string test_origin;
};

// Trains as `options` say and keeps in the model's folder: training_state.pt,
// to resume from; model.pt, the epoch with the lowest validation loss;
// metrics.jsonl. It can be resumed however it ends (trainer/loop/run_files.h).
// The test rows are asked about once, after the last step. Prints one plain
// line an epoch, with a progress bar on a terminal. `stop` ends the run after
// the step at hand or within an evaluation, saved. UNAVAILABLE while another
// process trains the version. ABORTED when the loss is not finite: the last
// good checkpoint and state stay as they were.
absl::StatusOr<TrainingResult> Train(const TrainingOptions& options,
                                     const Stop& stop);

// The same as a recipe completes the options once the data are open: it is told
// about them, and sets in `options` what it likes but where data lie.
using Complete = std::function<void(const DataProfile&, TrainingOptions*)>;
absl::StatusOr<TrainingResult> Train(TrainingOptions options,
                                     const Complete& complete,
                                     const Stop& stop);

}  // namespace hypergan::trainer
