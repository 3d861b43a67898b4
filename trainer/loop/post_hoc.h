#pragma once

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/runtime/workers.h"
#include "trainer/data/training_data.h"
#include "trainer/loop/stop.h"
#include "trainer/loop/training_options.h"
#include "trainer/methods/laplace.h"

namespace hypergan::trainer {

// LastLayerLaplace of a trained checkpoint by the rows that it was trained and
// validated with, evaluated, calibrated and, as `options` say, tempered as a
// training's checkpoint is. `options` and `data` are those of its training.
// ABORTED when `stop` is set.
absl::StatusOr<Checkpoint> MakeLaplace(Checkpoint& base,
                                       const TrainingOptions& options,
                                       const TrainingData& data,
                                       LaplaceOptions laplace, const Stop& stop,
                                       Workers& workers);

}  // namespace hypergan::trainer
