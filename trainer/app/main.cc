// hypergan-trainer: trains HyperGANs, and evaluates checkpoints by the code
// that serves them. Exit code 0: done (an interrupted run that was saved is
// done); 1: not, and a line on stderr says why.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/command_line.h"
#include "base/cores.h"
#include "base/quoted.h"
#include "base/readable.h"
#include "base/signals.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/runtime/workers.h"
#include "trainer/app/flags.h"
#include "trainer/app/verbs.h"

namespace hypergan::trainer {
namespace {

constexpr char kUsage[] =
    R"(hypergan-trainer: trains HyperGANs and evaluates their checkpoints.
VERB --help shows the flags of a verb, the ones that matter first.

  hypergan-trainer train --data=DATA --model=NAME [flags]
      trains, and keeps the best epoch in models/NAME/VERSION/model.pt; Ctrl-C
      saves, --resume goes on exactly
  hypergan-trainer evaluate --checkpoint=FILE --data=DATA [--ood_data=DATA] [flags]
      figures on the test split, and the AUROC against data from elsewhere
  hypergan-trainer convert --checkpoint=FILE --output=FILE
      a checkpoint in the other format, by the names' ends: model.pt, TorchScript,
      or model.safetensors, a HyperGAN as data without code
  hypergan-trainer laplace --checkpoint=FILE --data=DATA --output=FILE.pt [flags]
      a checkpoint whose networks' last layers vary (a Laplace approximation), by
      the data of its training
  hypergan-trainer plot --checkpoint=FILE --data=DATA --output=FILE.svg [flags]
      a one-dimensional regression's mean and deviation, as SVG
  hypergan-trainer experiment NAME --data_root=DIR --output=DIR [--method --variant --seed]
      one of the paper's experiments: trains (or goes on), evaluates, and writes
      OUTPUT/NAME/METHOD-VARIANT/SEED/result.json; an unknown NAME lists them
  hypergan-trainer report --output=FILE.html [--markdown=FILE.md] DIR...
      every result.json in the folders as a page, or as Markdown)";

Program Description() {
  return {
      .name = "hypergan-trainer",
      .version = HYPERGAN_VERSION,
      .usage = kUsage,
      .flags_folder = "trainer/app/",
      .renamed_flags = {{"stand_ins", "synthetic_outliers"}},
      .verbs = {
          {"train",
           {"data", "model", "model_repository", "recipe", "minutes", "epochs",
            "target", "hidden", "class_names", "csv_labels", "resume"}},
          {"evaluate",
           {"checkpoint", "data", "ood_data", "num_networks", "rows",
            "csv_labels", "scores_csv", "json"}},
          {"convert", {"checkpoint", "output"}},
          {"laplace",
           {"checkpoint", "data", "output", "networks", "prior_precision",
            "temper", "seed"}},
          {"plot", {"checkpoint", "data", "output", "num_networks"}},
          {"experiment",
           {"data_root", "output", "method", "variant", "seed", "short_form"}},
          {"report", {"output", "markdown", "pictures"}}}};
}

absl::Status RunVerb(const CommandLine& line) {
  const std::vector<std::string>& arguments = line.arguments;
  const std::string verb = arguments.empty() ? "" : arguments[0];
  const std::vector<std::string> rest(arguments.begin() + !arguments.empty(),
                                      arguments.end());
  if (verb == "report" && !rest.empty()) return RunReport(rest);
  if (verb == "experiment" && rest.size() == 1) {
    return RunExperimentVerb(rest[0]);
  }
  if (!rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected one verb, got ", arguments.size(), ": ",
                     Quoted(verb), " and more; see --help"));
  }
  if (verb == "train") return RunTrain(line.given);
  if (verb == "evaluate") return RunEvaluate();
  if (verb == "convert") return RunConvert();
  if (verb == "laplace") return RunLaplace(line.given);
  if (verb == "plot") return RunPlot();
  return absl::InvalidArgumentError(
      absl::StrCat("expected one verb (train, evaluate, convert, laplace, "
                   "plot, experiment NAME or report "
                   "DIR...), got ",
                   verb.empty() ? "none" : Quoted(verb), "; see --help"));
}

// More threads than cores make every step slower.
void LimitThreads() {
  const int cores = AvailableCores();
  const std::string warning =
      ThreadsWarning(absl::GetFlag(FLAGS_threads), cores);
  if (warning.empty()) return;
  std::fprintf(stderr, "hypergan-trainer: %s\n", warning.c_str());
  absl::SetFlag(&FLAGS_threads, cores);
}

absl::Status ParseAndRun(int argc, char** argv) {
  const auto line = ParseCommandLine(Description(), argc, argv);
  if (!line.ok()) return line.status();
  for (const std::string& warning : line->warnings) {
    std::fprintf(stderr, "hypergan-trainer: %s\n", warning.c_str());
  }
  if (line->answer) {
    std::fputs(line->answer->c_str(), stdout);
    return FlushOutput();
  }
  LimitThreads();
  ConfigureProcessForWorkers();
  return TorchGuard(line->arguments.empty() ? "" : line->arguments[0],
                    [&] { return RunVerb(*line); });
}

// Of an error; what a resumed run was started with is long.
constexpr size_t kMaxMessageBytes = 8192;

int Main(int argc, char** argv) {
  IgnoreFileSizeSignal();
  // A training goes on when nobody reads its lines any more, as in
  // `hypergan-trainer train ... | head`: its result is files.
  IgnoreBrokenPipes();
  const absl::Status status = ParseAndRun(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(
      stderr, "hypergan-trainer: %s: %s\n",
      absl::StatusCodeToString(status.code()).c_str(),
      Readable(std::string(status.message()), kMaxMessageBytes).c_str());
  return 1;
}

}  // namespace
}  // namespace hypergan::trainer

int main(int argc, char** argv) { return hypergan::trainer::Main(argc, argv); }
