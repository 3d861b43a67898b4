#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/stop_signals.h"
#include "trainer/app/verbs.h"
#include "trainer/experiments/run.h"
#include "trainer/methods/method.h"

namespace hypergan::trainer {
namespace {

absl::StatusOr<RecipeChoice> ChoiceFromFlags() {
  RecipeChoice choice;
  choice.data_root = absl::GetFlag(FLAGS_data_root);
  choice.output = absl::GetFlag(FLAGS_output);
  if (choice.output.empty()) {
    return absl::InvalidArgumentError(
        "--output is missing: the folder that gets models and results");
  }
  HG_ASSIGN_OR_RETURN(choice.method, ParseMethod(absl::GetFlag(FLAGS_method)));
  choice.variant = absl::GetFlag(FLAGS_variant);
  choice.seed = absl::GetFlag(FLAGS_seed);
  choice.is_short = absl::GetFlag(FLAGS_short_form);
  choice.device = absl::GetFlag(FLAGS_device);
  choice.threads = absl::GetFlag(FLAGS_threads);
  return choice;
}

// The command that runs it again, wherever the data lies there.
std::string CommandOf(const Experiment& experiment,
                      const RecipeChoice& choice) {
  return absl::StrCat(
      "hypergan-trainer experiment ", experiment.name,
      " --data_root=DATA --output=DIR --method=", MethodName(choice.method),
      " --variant=", choice.variant, " --seed=", choice.seed,
      choice.is_short ? " --short_form" : "");
}

}  // namespace

absl::Status RunExperimentVerb(const std::string& name) {
  HG_ASSIGN_OR_RETURN(const Experiment experiment, FindExperiment(name));
  HG_ASSIGN_OR_RETURN(const RecipeChoice choice, ChoiceFromFlags());
  StopOnSignals();
  HG_ASSIGN_OR_RETURN(
      const ExperimentResult result,
      RunExperiment(experiment, choice, CommandOf(experiment, choice),
                    StopRequested()));
  std::printf("%s, %s, %s, seed %llu: %lld networks, %.0f s\n",
              result.experiment.c_str(), result.method.c_str(),
              result.variant.c_str(),
              static_cast<unsigned long long>(result.seed),
              static_cast<long long>(result.networks), result.training_seconds);
  PrintFigures(result.figures);
  for (const OutsideResult& outside : result.outside) {
    std::printf("AUROC against %s\n", outside.outside.c_str());
    for (const auto& [score, separation] : outside.scores) {
      std::printf("  %-22s %.4f\n", score.c_str(), separation.auroc);
    }
  }
  std::printf("wrote %s\n", ResultPath(experiment, choice).c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
