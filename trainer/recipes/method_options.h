#pragma once

#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// Sets in `options` what experiments give options->method, so that own data do
// not compare with a baseline that lacks its rate and its prior: networks of a
// step, rate, weight decay, and what the prior is (MethodRecipe,
// trainer/methods/method_table.h). What is 0 there stays.
void SetMethodOptions(TrainingOptions* options);

}  // namespace hypergan::trainer
