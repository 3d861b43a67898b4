#include "trainer/recipes/method_options.h"

#include "trainer/methods/method_table.h"

namespace hypergan::trainer {

void SetMethodOptions(TrainingOptions* options) {
  const MethodRecipe& recipe = EntryOf(options->method).recipe;
  if (recipe.learning_rate > 0) options->learning_rate = recipe.learning_rate;
  if (recipe.weight_decay > 0) options->weight_decay = recipe.weight_decay;
  if (recipe.kl_warm_up > 0) options->kl_warm_up = recipe.kl_warm_up;
  if (recipe.prior_deviation > 0) {
    options->prior_deviation = recipe.prior_deviation;
  }
}

void SetMethodNetworks(TrainingOptions* options) {
  const int64_t networks = EntryOf(options->method).recipe.networks;
  if (networks > 0) options->networks = networks;
}

}  // namespace hypergan::trainer
