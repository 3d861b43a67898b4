#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/data/data_profile.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// What a run on a user's own data is tuned for. `kPaper` is the options of the
// paper; the others are what wins on data of their kind (docs/own-data.md).
enum class DataRecipe { kAuto, kImages, kTable, kCurve, kPaper };

// INVALID_ARGUMENT, naming those there are, for another name.
absl::StatusOr<DataRecipe> ParseDataRecipe(absl::string_view name);
absl::string_view DataRecipeName(DataRecipe recipe);

// The recipe that `kAuto` stands for: images have three dimensions; a curve is
// a regression of one input; everything else is a table.
DataRecipe RecipeFor(const DataProfile& profile);

// Sets the options of `recipe`, which is not kAuto, but for the epochs: the
// method's, the sizes of the generators, and rates. What says where data lie
// and what is written stays. `kPaper` changes nothing. Other methods than
// HyperGAN get their rates of experiments (SetMethodOptions), the batch, the
// prior of a table's weights, and what is done to pictures and to their
// ensemble's confidence, for the rest is not theirs. HMC gets all rows in a
// step, as they are.
void ApplyRecipe(DataRecipe recipe, const DataProfile& profile,
                 TrainingOptions* options);

// Sets the epochs of `recipe` by the networks and the batch that `options` have
// by now: ApplyRecipe's, or others that a user gave.
void SetEpochs(DataRecipe recipe, const DataProfile& profile,
               TrainingOptions* options);

}  // namespace hypergan::trainer
