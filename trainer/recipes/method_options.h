#pragma once

#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// What experiments give options->method (MethodRecipe,
// trainer/methods/method_table.h), so that own data do not compare with a
// baseline that lacks its rate and its prior. What is 0 there stays.

// Sets the rate, the weight decay, and what the prior is.
void SetMethodOptions(TrainingOptions* options);

// Sets the networks of a step.
void SetMethodNetworks(TrainingOptions* options);

}  // namespace hypergan::trainer
