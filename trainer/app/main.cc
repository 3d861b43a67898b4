// hypergan-trainer: trains HyperGANs, and judges checkpoints by the code that
// serves them. Exit code 0: done (an interrupted run that was saved is done);
// 1: not, and a line on stderr says why.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hypergan/torch_guard.h"
#include "hypergan/workers.h"
#include "trainer/app/verbs.h"

namespace hypergan::trainer {
namespace {

constexpr char kUsage[] = R"(trains HyperGANs and judges their checkpoints.

  hypergan-trainer train --data=DATA --target=TARGET --model_repository=DIR --model=NAME [flags]
      trains, and keeps the best epoch in DIR/NAME/VERSION/model.pt; Ctrl-C
      saves, --resume goes on exactly
  hypergan-trainer evaluate --checkpoint=FILE --data=DATA [--ood_data=DATA] [flags]
      figures on the test split, and the AUROC against data from elsewhere
  hypergan-trainer plot --checkpoint=FILE --data=DATA --output=FILE.svg [flags]
      a one-dimensional regression's mean and deviation, as SVG
  hypergan-trainer experiment NAME --data_root=DIR --output=DIR [--method --variant --seed]
      one of the paper's experiments: trains (or goes on), judges, and writes
      OUTPUT/NAME/METHOD-VARIANT/SEED/result.json; an unknown NAME lists them
  hypergan-trainer report --output=FILE.html [--markdown=FILE.md] DIR...
      every result.json in the folders as a page, or as Markdown)";

void SetHelp() {
  absl::FlagsUsageConfig config;
  const auto ours = [](absl::string_view file) {
    return absl::StrContains(file, "trainer/app/flags.cc");
  };
  config.contains_helpshort_flags = ours;
  config.contains_help_flags = ours;
  config.contains_helppackage_flags = ours;
  config.normalize_filename = [](absl::string_view file) {
    const size_t begin = file.find("trainer/app/");
    return std::string(begin == absl::string_view::npos ? file
                                                        : file.substr(begin));
  };
  config.version_string = [] {
    return std::string("hypergan-trainer " HYPERGAN_VERSION "\n");
  };
  absl::SetFlagsUsageConfig(config);
  absl::SetProgramUsageMessage(kUsage);
}

absl::Status RunVerb(const std::vector<char*>& arguments) {
  const std::string verb = arguments.size() > 1 ? arguments[1] : "";
  const std::vector<std::string> rest(
      arguments.begin() + std::min<size_t>(2, arguments.size()),
      arguments.end());
  if (verb == "report" && !rest.empty()) return RunReport(rest);
  if (verb == "experiment" && rest.size() == 1) {
    return RunExperimentVerb(rest[0]);
  }
  if (!rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected one verb, got ", arguments.size() - 1, ": ",
                     verb, " and more; see --help"));
  }
  if (verb == "train") return RunTrain();
  if (verb == "evaluate") return RunEvaluate();
  if (verb == "plot") return RunPlot();
  return absl::InvalidArgumentError(absl::StrCat(
      "expected one verb (train, evaluate, plot, experiment NAME or report "
      "DIR...), got ",
      arguments.size() - 1, verb.empty() ? "" : ": ", verb, "; see --help"));
}

int Main(int argc, char** argv) {
  SetHelp();
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  ConfigureProcessForWorkers();
  const absl::Status status =
      TorchGuard(arguments.size() > 1 ? arguments[1] : "",
                 [&] { return RunVerb(arguments); });
  if (status.ok()) return 0;
  std::fprintf(stderr, "hypergan-trainer: %s: %s\n",
               absl::StatusCodeToString(status.code()).c_str(),
               std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace hypergan::trainer

int main(int argc, char** argv) { return hypergan::trainer::Main(argc, argv); }
