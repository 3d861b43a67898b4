#include <cstdio>

#include "base/status_macros.h"
#include "trainer/app/flags.h"
#include "trainer/app/stop_signals.h"
#include "trainer/app/verbs.h"
#include "trainer/loop/training.h"

namespace hypergan::trainer {

absl::Status RunTrain() {
  HG_ASSIGN_OR_RETURN(const TrainingOptions options,
                      TrainingOptionsFromFlags());
  StopOnSignals();
  HG_ASSIGN_OR_RETURN(const TrainingResult result,
                      Train(options, StopRequested()));
  if (result.interrupted) {
    std::printf("interrupted and saved; go on with --resume\n");
    return absl::OkStatus();
  }
  if (result.test.empty()) {
    std::printf("no test figures: %s\n", result.test_origin.c_str());
  } else {
    std::printf("test rows (%s), asked once:\n", result.test_origin.c_str());
    PrintFigures(result.test);
  }
  std::printf("wrote %s\n", result.checkpoint.c_str());
  return absl::OkStatus();
}

void PrintFigures(const Figures& figures) {
  for (const auto& [name, value] : figures) {
    std::printf("  %-22s %.4f\n", name.c_str(), value);
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
