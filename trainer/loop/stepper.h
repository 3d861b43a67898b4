#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/runtime/workers.h"
#include "trainer/data/rows.h"
#include "trainer/loop/learner.h"
#include "trainer/loop/training_options.h"

namespace hypergan::trainer {

// Makes the steps of a run: which rows each sees, what is made of them, and at
// which rates the learner learns. What a step does follows from the options,
// its number and the learner's state alone.
class Stepper {
 public:
  // Borrows the options, the training rows (on the device) and the workers.
  // `deviation` is the likelihood's of a regression, in the targets' units.
  Stepper(const TrainingOptions& options, Task task, const Rows& rows,
          c10::Device device, Workers& workers, Learner learner,
          double deviation);

  int64_t batch() const { return batch_; }  // rows that a network sees a step
  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  int64_t total_steps() const { return steps_per_epoch_ * options_.epochs; }
  // Networks times rows of a step.
  int64_t row_networks() const { return options_.networks * batch_; }

  const Learner& learner() const { return learner_; }
  Learner& learner() { return learner_; }
  void SetDeviation(double deviation) {
    objective_.target_deviation = deviation;
  }

  // The rows of an epoch, int64 [batches of a step, rows]: each batch has an
  // order of its own.
  at::Tensor Order(int64_t epoch) const;

  // Step number `step` of the run, of an epoch in that order. The errors of
  // Learner::Step.
  absl::StatusOr<StepReport> Step(int64_t step, const at::Tensor& order);

 private:
  int64_t Batches() const;
  absl::StatusOr<at::Tensor> Augmented(int64_t step,
                                       const at::Tensor& inputs) const;
  absl::StatusOr<at::Tensor> Outliers(int64_t step,
                                      const at::Tensor& inputs) const;

  const TrainingOptions& options_;
  const Rows& rows_;
  const c10::Device device_;
  Workers& workers_;
  Learner learner_;
  const int64_t batch_;
  const int64_t steps_per_epoch_;
  ObjectiveOptions objective_;
};

}  // namespace hypergan::trainer
