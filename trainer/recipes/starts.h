#pragma once

#include <cstdint>

#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// What recipes of HyperGANs share.

// One that learns as fast as ordinary networks do: its networks start near one
// another, and their codes cannot run off from the prior.
void SetSteady(TrainingOptions* options);

// Two hidden layers of `width` units in each generator, and the rate that suits
// them. What starts share learns slowly: it moves all of them at once, by a
// step that sums over the hidden units.
void SetGeneratorWidth(int64_t width, TrainingOptions* options);

// Networks that each begin from one of so many starts, which learn as ordinary
// networks do, with generators of `width` units and a narrow D.
void SetStarts(int64_t starts, int64_t width, TrainingOptions* options);

}  // namespace hypergan::trainer
