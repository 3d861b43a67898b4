#pragma once

#include "absl/status/status.h"

// The verbs of hypergan-trainer; each reads its flags (app/flags.h) and prints
// its result to stdout.
namespace hypergan::trainer {

absl::Status RunTrain();
absl::Status RunEvaluate();
absl::Status RunPlot();

}  // namespace hypergan::trainer
