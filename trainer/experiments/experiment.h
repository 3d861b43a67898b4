#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trainer/evaluation/corruption_kind.h"

namespace hypergan::trainer {

// What is attacked, and how hard (trainer/evaluation/attack.h).
struct AttackPlan {
  int64_t rows = 0;      // the first of the test split
  int64_t networks = 0;  // of the attacked ensemble
  std::vector<double> epsilons;
  int64_t steps = 10, restarts = 1;  // of PGD
};

// One of the paper's experiments: which networks it trains, and what it asks
// them.
struct Experiment {
  std::string name;
  std::string recipe;   // trainer/experiments/recipe.h
  std::string summary;  // one line, for --help
  // Data sets from elsewhere, below data_root, to tell apart from the test
  // rows.
  std::vector<std::string> outside = {};
  std::optional<AttackPlan> attacks = {};  // FGSM and PGD as well
  std::vector<Corruption> shifts = {};     // of the test rows
};

// All of them, in the order of the paper.
const std::vector<Experiment>& Experiments();

// NOT_FOUND, naming those there are, for another name.
absl::StatusOr<Experiment> FindExperiment(const std::string& name);

}  // namespace hypergan::trainer
