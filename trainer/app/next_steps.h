#pragma once

#include <string>

#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// The commands that serve, ask and evaluate the `checkpoint` of a run with
// these options, a line each, fit to be pasted into a shell: with the flags by
// which its data are read.
std::string NextSteps(const TrainingOptions& options,
                      const std::string& checkpoint);

}  // namespace hypergan::trainer
