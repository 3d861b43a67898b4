#include <atomic>
#include <csignal>
#include <cstdio>

#include "hypergan/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/verbs.h"
#include "trainer/training.h"

namespace hypergan::trainer {
namespace {

std::atomic<bool> stop_requested{false};

// The first signal asks the run to save and stop; the second ends the program.
void RequestStop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

void PrintFigures(const Figures& figures) {
  for (const auto& [name, value] : figures) {
    std::printf("  %-22s %.4f\n", name.c_str(), value);
  }
}

}  // namespace

absl::Status RunTrain() {
  HG_ASSIGN_OR_RETURN(const TrainingOptions options,
                      TrainingOptionsFromFlags());
  std::signal(SIGINT, RequestStop);
  std::signal(SIGTERM, RequestStop);
  HG_ASSIGN_OR_RETURN(const TrainingResult result,
                      Train(options, stop_requested));
  if (result.interrupted) {
    std::printf("interrupted and saved; go on with --resume\n");
    return absl::OkStatus();
  }
  if (!result.test.empty()) {
    std::printf("test set, read once:\n");
    PrintFigures(result.test);
  }
  std::printf("wrote %s\n", result.checkpoint.c_str());
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
