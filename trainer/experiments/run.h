#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "trainer/evaluation/records/result.h"
#include "trainer/experiments/experiment.h"
#include "trainer/experiments/recipe.h"
#include "trainer/loop/stop.h"

namespace hypergan::trainer {

// Where a run of an experiment leaves its result: result.json in
// OUTPUT/EXPERIMENT/METHOD-VARIANT/SEED/.
std::string ResultPath(const Experiment& experiment,
                       const RecipeChoice& choice);

// Trains the experiment's networks, or goes on with their training, or takes
// them as an earlier experiment left them; evaluates them on the test rows,
// which training never sees, and writes the result. ABORTED, saved and to be
// gone on with by the same call, when `stop` is set. UNAVAILABLE while another
// process trains these networks; two that only evaluate them write the same
// result. `command` is what the result says runs it again.
absl::StatusOr<ExperimentResult> RunExperiment(const Experiment& experiment,
                                               const RecipeChoice& choice,
                                               const std::string& command,
                                               const Stop& stop);

}  // namespace hypergan::trainer
