#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/ensemble/ensemble.h"
#include "hypergan/runtime/workers.h"
#include "trainer/data/training_data.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/loop/learner.h"
#include "trainer/loop/stop.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// Makes checkpoints of a run's module: the manifest, figures on held-out rows,
// calibration and noise. It changes no weights but by Temper.
class CheckpointMaker {
 public:
  // Borrows everything. What asks networks about rows is ABORTED by `stop`.
  CheckpointMaker(const TrainingOptions& options, const TrainingData& data,
                  const Architecture& architecture, c10::Device device,
                  Workers& workers, const Stop& stop);

  // A manifest without figures and calibration, of the module after so many
  // epochs.
  Manifest NewManifest(const Learner& learner, int64_t epochs) const;

  // INVALID_ARGUMENT if the manifests of this run would be longer than one may
  // be: what they say of the columns and classes is known from the start.
  absl::Status CheckManifest(const Learner& learner) const;

  // The module's figures on `rows`, by the code that will serve it.
  absl::StatusOr<Figures> Evaluate(const torch::jit::Module& module,
                                   const Manifest& manifest,
                                   const Rows& rows) const;
  // On the validation rows that epochs are compared by.
  absl::StatusOr<Figures> Validate(const torch::jit::Module& module,
                                   const Manifest& manifest) const;
  // Those figures as a manifest names them: of training rows they are no
  // validation figures.
  Figures NamedForRows(const Figures& figures) const;

  // Sets all of the manifest that held-out rows tell: the calibration, of
  // labels too, and a regression's noise.
  absl::Status Calibrate(const torch::jit::Module& module,
                         Manifest* manifest) const;

  // Gives a checkpoint whose temperature is 1 the pool's temperature that
  // suits the validation rows best, and sets its figures and calibration anew.
  // The temperature; 1 if it had one before.
  absl::StatusOr<double> Temper(Checkpoint* checkpoint) const;

  EvaluationOptions Evaluation() const;

 private:
  absl::StatusOr<Ensemble> EnsembleOf(const torch::jit::Module& module,
                                      const Manifest& manifest) const;
  absl::Status SetCalibration(const Ensemble& ensemble,
                              Manifest* manifest) const;
  absl::Status SetNoise(const Ensemble& ensemble, Manifest* manifest) const;

  const TrainingOptions& options_;
  const TrainingData& data_;
  const Architecture& architecture_;
  const c10::Device device_;
  Workers& workers_;
  const Stop& stop_;
};

}  // namespace hypergan::trainer
