#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "hypergan/ensemble/ensemble.h"
#include "hypergan/runtime/workers.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// The checkpoint that the flags name, loaded as the server loads it.
struct LoadedModel {
  std::unique_ptr<Workers> workers;  // borrowed by the ensemble
  std::unique_ptr<Ensemble> ensemble;
  EvaluationOptions evaluation;
};

absl::StatusOr<LoadedModel> LoadModelFromFlags();

}  // namespace hypergan::trainer
