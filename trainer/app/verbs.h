#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "trainer/evaluation/evaluation.h"

// The verbs of hypergan-trainer; each reads its flags (app/flags.h) and prints
// its result to stdout.
namespace hypergan::trainer {

// `given` holds the names of the flags that were given: a recipe sets others.
absl::Status RunTrain(const std::set<std::string>& given);
absl::Status RunEvaluate();
absl::Status RunConvert();
absl::Status RunLaplace(const std::set<std::string>& given);
absl::Status RunPlot();
absl::Status RunExperimentVerb(const std::string& name);

absl::Status RunReport(const std::vector<std::string>& paths);

// One line a figure.
void PrintFigures(const Figures& figures);

// For what has its result on stdout: DATA_LOSS if that could not be written, to
// a full disk or a pipe that nobody reads.
absl::Status FlushOutput();

}  // namespace hypergan::trainer
