#include "trainer/recipes/starts.h"

namespace hypergan::trainer {

void SetSteady(TrainingOptions* options) {
  options->shared_start = 0.9;
  options->sizes.standard_codes = true;
}

void SetGeneratorWidth(int64_t width, TrainingOptions* options) {
  options->sizes.generator_hidden = {width, width};
  options->last_learning_rate = 1e-5 * 512 / static_cast<double>(width);
}

void SetStarts(int64_t starts, int64_t width, TrainingOptions* options) {
  options->sizes.starts = starts;
  options->discriminator_width = 64;
  options->codes = 32;
  options->learning_rate = 1e-3;
  SetGeneratorWidth(width, options);
}

}  // namespace hypergan::trainer
