#include "trainer/recipes/data_recipe.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "trainer/recipes/method_options.h"
#include "trainer/recipes/starts.h"

namespace hypergan::trainer {
namespace {

constexpr std::array<std::pair<DataRecipe, absl::string_view>, 5> kRecipeNames =
    {{{DataRecipe::kAuto, "auto"},
      {DataRecipe::kImages, "images"},
      {DataRecipe::kTable, "table"},
      {DataRecipe::kCurve, "curve"},
      {DataRecipe::kPaper, "paper"}}};

// Sets the epochs that make about `steps` steps, within bounds.
void SetLength(int64_t steps, int64_t least, int64_t most,
               const DataProfile& profile, TrainingOptions* o) {
  const int64_t steps_of_an_epoch =
      std::max<int64_t>(1, profile.training_rows / o->batch_size);
  o->epochs = std::clamp(steps / steps_of_an_epoch, least, most);
}

// Sets the epochs in which all networks together see about `rows` rows, within
// bounds.
void SetPasses(int64_t rows, int64_t least, int64_t most,
               const DataProfile& profile, TrainingOptions* o) {
  const int64_t rows_of_an_epoch =
      std::max<int64_t>(1, profile.training_rows) * o->networks;
  o->epochs = std::clamp(rows / rows_of_an_epoch, least, most);
}

// The precision that a table's weights have a priori, by which the weight decay
// is this over the rows. Chosen on scikit-learn's diabetes and Friedman 1
// (docs/own-data.md).
constexpr double kPriorPrecision = 15;
// For classes, on its wine and breast cancer.
constexpr double kClassDecay = 0.005;

// Networks that start near one another, each with rows of its own.
void SetSteadyStart(TrainingOptions* o) {
  o->networks = 10;
  o->committee = 1;
  SetSteady(o);
}

// Small enough for small target networks.
void SetGenerators(TrainingOptions* o) {
  o->codes = 50;
  o->sizes.mixer_hidden = {64, 64};
  o->sizes.generator_hidden = {64, 64};
  o->discriminator_width = 64;
}

int64_t SmallerSide(const DataProfile& profile) {
  return std::min(profile.row_shape[1], profile.row_shape[2]);
}

bool HasQuarters(const DataProfile& profile) {
  return profile.row_shape[1] % 4 == 0 && profile.row_shape[2] % 4 == 0;
}

// The most pixels by which pictures are moved: objects keep their place in
// them, more or less. Very small ones lose too much by a single pixel.
int64_t Shift(const DataProfile& profile) {
  constexpr int64_t kPixelsOfSide = 14;
  return std::min(SmallerSide(profile) / kPixelsOfSide, kMostShift);
}

void SetHyperGanOfImages(const DataProfile& profile, TrainingOptions* o) {
  // Each start learns nearly as slowly as a network alone, and ten need more
  // passes than a short training has (docs/results/tried.md).
  constexpr int64_t kStarts = 5, kWidth = 16;
  SetSteadyStart(o);
  o->networks = kStarts;
  SetStarts(kStarts, kWidth, o);
  o->sizes.mixer_hidden = {128, 128};
  if (SmallerSide(profile) < 4) return;
  o->repulsion = 0.5;
  o->synthetic_outliers = {SyntheticOutlier::kBlobs};
  if (HasQuarters(profile)) {
    o->synthetic_outliers.insert(o->synthetic_outliers.begin(),
                                 SyntheticOutlier::kPatches);
  }
}

void SetImages(const DataProfile& profile, TrainingOptions* o) {
  // Fewer of a step make more epochs. Elsewhere the length is in steps.
  SetMethodNetworks(o);
  o->batch_size = profile.training_rows < 5000 ? 32 : 50;
  o->epoch_rows = 1000;
  o->augmentation.shift = Shift(profile);
  o->temper = profile.task == Task::kClassification;
  if (o->method == Method::kHyperGan) SetHyperGanOfImages(profile, o);
}

// For values in proportion to the noise, which the loss is divided by.
double WeightDecay(const DataProfile& profile) {
  if (profile.task != Task::kRegression) return kClassDecay;
  return std::min(0.3,
                  kPriorPrecision / static_cast<double>(profile.training_rows));
}

void SetTable(const DataProfile& profile, TrainingOptions* o) {
  o->batch_size = 32;
  // Should --repulsion ask for them; other kinds are of pictures.
  o->synthetic_outliers = {SyntheticOutlier::kNoise};
  const bool is_hypergan = o->method == Method::kHyperGan;
  // Baselines whose weights do not decay have another prior.
  if (is_hypergan || o->weight_decay > 0) {
    o->weight_decay = WeightDecay(profile);
  }
  if (!is_hypergan) return;
  SetSteadyStart(o);
  SetGenerators(o);
  o->learning_rate = 1e-3;
  o->last_learning_rate = 3e-4;
}

// Networks of a curve start far from one another: where there are no rows they
// shall disagree.
void SetCurve(TrainingOptions* o) {
  o->batch_size = 32;
  o->synthetic_outliers = {SyntheticOutlier::kNoise};
  if (o->method != Method::kHyperGan) return;
  SetGenerators(o);
  o->learning_rate = 1e-3;
  o->last_learning_rate = 1e-3;
}

}  // namespace

absl::StatusOr<DataRecipe> ParseDataRecipe(absl::string_view name) {
  for (const auto& [recipe, text] : kRecipeNames) {
    if (text == name) return recipe;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--recipe: expected auto, images, table, curve or paper, got ",
      Quoted(std::string(name))));
}

absl::string_view DataRecipeName(DataRecipe recipe) {
  return std::find_if(kRecipeNames.begin(), kRecipeNames.end(),
                      [&](const auto& entry) { return entry.first == recipe; })
      ->second;
}

DataRecipe RecipeFor(const DataProfile& profile) {
  if (profile.row_shape.size() == 3) return DataRecipe::kImages;
  const bool is_curve = profile.task == Task::kRegression &&
                        profile.row_shape == std::vector<int64_t>{1};
  return is_curve ? DataRecipe::kCurve : DataRecipe::kTable;
}

void ApplyRecipe(DataRecipe recipe, const DataProfile& profile,
                 TrainingOptions* options) {
  if (recipe == DataRecipe::kPaper) return;
  SetMethodOptions(options);
  options->target_deviation = 0;  // of a regression: learnt
  if (options->method == Method::kHmc) {
    options->batch_size = std::max<int64_t>(1, profile.training_rows);
    return;
  }
  switch (recipe) {
    case DataRecipe::kImages:
      SetImages(profile, options);
      break;
    case DataRecipe::kTable:
      SetTable(profile, options);
      break;
    case DataRecipe::kCurve:
      SetCurve(options);
      break;
    case DataRecipe::kAuto:
    case DataRecipe::kPaper:
      return;
  }
}

void SetEpochs(DataRecipe recipe, const DataProfile& profile,
               TrainingOptions* options) {
  // Some minutes of one core where pictures are small.
  constexpr int64_t kPicturesSeen = 3'000'000;
  // Of all rows: 400 trajectories, of which the second half are samples.
  constexpr int64_t kHmcSteps = 20'000;
  if (options->method == Method::kHmc && recipe != DataRecipe::kPaper) {
    options->epochs = kHmcSteps;
    return;
  }
  switch (recipe) {
    case DataRecipe::kImages:
      return SetPasses(kPicturesSeen, 3, 120, profile, options);
    case DataRecipe::kTable:
      return SetLength(3000, 10, 150, profile, options);
    case DataRecipe::kCurve:
      return SetLength(4000, 20, 4000, profile, options);
    case DataRecipe::kAuto:
    case DataRecipe::kPaper:
      return;
  }
}

}  // namespace hypergan::trainer
