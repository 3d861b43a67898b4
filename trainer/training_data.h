#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/architecture.h"
#include "hypergan/manifest.h"
#include "trainer/split.h"
#include "trainer/training_options.h"

namespace hypergan::trainer {

// The rows of one run and what follows from them.
struct TrainingData {
  Task task = Task::kClassification;
  Split split;
  std::vector<std::string> class_names;  // K of them, or none
};

// Opens the data that `options` names: classification if it has labels,
// regression if it has target values. Validation rows that are neither given
// nor set aside are the training rows themselves (a generated set of 20 rows,
// say). Images are decoded to the channels that the target network takes.
absl::StatusOr<TrainingData> OpenTrainingData(const TrainingOptions& options);

// The target network that `options` names, its constants taken from the
// training rows. INVALID_ARGUMENT if it does not fit the data: another input
// shape, or fewer outputs than there are classes.
absl::StatusOr<Architecture> BuildArchitecture(const TrainingOptions& options,
                                               const TrainingData& data);

}  // namespace hypergan::trainer
