#include <cmath>
#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/next_steps.h"
#include "trainer/app/stop_signals.h"
#include "trainer/app/verbs.h"
#include "trainer/loop/training.h"
#include "trainer/recipes/data_recipe.h"

namespace hypergan::trainer {

namespace {

// Rows set aside by recipes, which the paper's 5,000 are too many for.
constexpr int64_t kRecipeRows = 2000;

std::string Text(const std::vector<int64_t>& sizes) {
  return absl::StrJoin(sizes, ",");
}

// What can be read off it can be given as flags.
void Announce(DataRecipe recipe, const TrainingOptions& o) {
  std::printf(
      "recipe %s: --epochs=%lld --networks=%lld --starts=%lld "
      "--batch_size=%lld "
      "--learning_rate=%g --last_learning_rate=%g --generator_hidden=%s "
      "--weight_decay=%g --repulsion=%g --shift=%lld --temper=%s\n",
      std::string(DataRecipeName(recipe)).c_str(),
      static_cast<long long>(o.epochs), static_cast<long long>(o.networks),
      static_cast<long long>(o.sizes.starts),
      static_cast<long long>(o.batch_size), o.learning_rate,
      o.last_learning_rate, Text(o.sizes.generator_hidden).c_str(),
      o.weight_decay, o.repulsion, static_cast<long long>(o.augmentation.shift),
      o.temper ? "true" : "false");
}

// The last word about the length of the training.
void PrintKeptEpoch(const TrainingResult& result) {
  if (result.kept_epoch == 0) return;  // a run of an older program
  if (!result.has_choice) {
    std::printf("kept epoch %lld, the only one that was evaluated\n",
                static_cast<long long>(result.kept_epoch));
    return;
  }
  const bool is_last = result.kept_epoch == result.last_epoch;
  std::printf("kept epoch %lld of %lld, the best on the %s rows%s\n",
              static_cast<long long>(result.kept_epoch),
              static_cast<long long>(result.last_epoch),
              result.validated_on.c_str(),
              is_last ? "; it was the last: more --epochs may help" : "");
}

}  // namespace

absl::Status RunTrain(const std::set<std::string>& given) {
  HG_ASSIGN_OR_RETURN(TrainingOptions options, TrainingOptionsFromFlags());
  HG_ASSIGN_OR_RETURN(const DataRecipe recipe, DataRecipeFromFlags());
  if (!given.contains("evaluate_every") &&
      (recipe != DataRecipe::kPaper || options.minutes > 0)) {
    options.evaluate_every = 0;
  }
  const TrainingOptions from_flags = options;
  if (recipe != DataRecipe::kPaper) {
    if (!given.contains("validation_rows")) {
      options.split.validation = kRecipeRows;
    }
    if (!given.contains("calibration_rows")) {
      options.split.calibration = kRecipeRows;
    }
    // Until the recipe says how many networks there are of a start.
    if (options.method == Method::kHyperGan && given.contains("starts") &&
        options.sizes.starts > 0 && !given.contains("networks")) {
      options.networks = options.sizes.starts;
    }
  }
  const auto complete = [&](const DataProfile& profile, TrainingOptions* o) {
    if (recipe == DataRecipe::kPaper) return;
    const DataRecipe chosen =
        recipe == DataRecipe::kAuto ? RecipeFor(profile) : recipe;
    ApplyRecipe(chosen, profile, o);
    KeepGiven(given, from_flags, o);
    if (!given.contains("epochs")) SetEpochs(chosen, profile, o);
    Announce(chosen, *o);
  };
  StopOnSignals();
  HG_ASSIGN_OR_RETURN(const TrainingResult result,
                      Train(options, complete, StopRequested()));
  if (result.interrupted) {
    std::printf("interrupted and saved; go on with --resume\n");
    return absl::OkStatus();
  }
  PrintKeptEpoch(result);
  if (result.test.empty()) {
    std::printf("no test figures: %s\n", result.test_origin.c_str());
  } else {
    std::printf("test rows (%s), asked once:\n", result.test_origin.c_str());
    PrintFigures(result.test);
  }
  std::printf("wrote %s\n", result.checkpoint.c_str());
  std::fputs(NextSteps(options, result.checkpoint).c_str(), stdout);
  return absl::OkStatus();
}

void PrintFigures(const Figures& figures) {
  for (const auto& [name, value] : figures) {
    // No figure is "-0.0000".
    const double shown = std::abs(value) < 0.00005 ? 0 : value;
    std::printf("  %-22s %.4f\n", name.c_str(), shown);
  }
}

absl::Status FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      "the result could not be written to standard output");
}

}  // namespace hypergan::trainer
