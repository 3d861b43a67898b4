#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/stepper.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// Epochs that fit into `budget`, at least 1 and at most 1,000,000, where a step
// takes `step`. A tenth of the time is for evaluations.
int64_t EpochsWithin(absl::Duration budget, absl::Duration step,
                     int64_t steps_per_epoch);

// What a step takes, from the median of steps of `probe`, which learns by them:
// at least 3, and as many as fit into two seconds. `now` tells the time.
absl::StatusOr<absl::Duration> MeasureStep(
    Stepper& probe, const std::function<absl::Time()>& now);

// Sets the epochs, and how often they are evaluated, to what fits into
// options.minutes. A run that is resumed keeps the epochs that it was started
// with. Says so on stdout.
absl::Status SetEpochsByTime(const VersionChoice& version, Stepper& probe,
                             TrainingOptions* options);

}  // namespace hypergan::trainer
