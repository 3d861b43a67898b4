#include "trainer/loop/stepper.h"

#include <torch/torch.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "trainer/objective/augmentation.h"
#include "trainer/objective/synthetic_outliers.h"
#include "trainer/optimizer/random_stream.h"
#include "trainer/optimizer/schedule.h"

namespace hypergan::trainer {

Stepper::Stepper(const TrainingOptions& options, Task task, const Rows& rows,
                 c10::Device device, Workers& workers, Learner learner,
                 double deviation)
    : options_(options),
      rows_(rows),
      device_(device),
      workers_(workers),
      learner_(std::move(learner)),
      batch_(std::min(options.batch_size, rows.size())),
      steps_per_epoch_(StepsPerEpoch(options, rows.size())) {
  objective_.task = task;
  objective_.networks = options.networks;
  objective_.target_deviation = deviation;
  objective_.repulsion = options.repulsion;
  objective_.joint = options.joint;
}

at::Tensor Stepper::Order(int64_t epoch) const {
  std::vector<at::Tensor> orders;
  const int64_t count = Batches();
  for (int64_t batch = 0; batch < count; ++batch) {
    orders.push_back(Permutation(StreamSeed(options_.seed, Stream::kOrder),
                                 epoch * count + batch, rows_.size()));
  }
  return torch::stack(orders);
}

int64_t Stepper::Batches() const {
  return options_.committee == 0 ? 1 : options_.networks / options_.committee;
}

absl::StatusOr<StepReport> Stepper::Step(int64_t step,
                                         const at::Tensor& order) {
  const int64_t first = step % steps_per_epoch_ * batch_;
  const at::Tensor index = order.narrow(1, first, batch_).flatten().to(device_);
  const double factor = OneCycle(step, total_steps());
  const LearningRates rates = {
      .hidden = factor * options_.learning_rate,
      .last = factor * options_.last_learning_rate,
      .discriminator = factor * options_.discriminator_learning_rate};
  StepRows step_rows;
  step_rows.batches = Batches();
  step_rows.targets = rows_.targets.index_select(0, index);
  HG_ASSIGN_OR_RETURN(step_rows.inputs, Augmented(step, rows_.Inputs(index)));
  if (options_.repulsion > 0) {
    HG_ASSIGN_OR_RETURN(step_rows.synthetic_outliers,
                        Outliers(step, step_rows.inputs));
  }
  return learner_.Step(step, step_rows, objective_, rates, workers_);
}

absl::StatusOr<at::Tensor> Stepper::Augmented(int64_t step,
                                              const at::Tensor& inputs) const {
  const AugmentationOptions& how = options_.augmentation;
  if (how.shift == 0 && !how.flip) return inputs;
  return Augment(inputs, how, options_.seed, static_cast<uint64_t>(step));
}

// Of a quarter of a batch: enough to keep networks apart, at a quarter of the
// price.
absl::StatusOr<at::Tensor> Stepper::Outliers(int64_t step,
                                             const at::Tensor& inputs) const {
  const int64_t count =
      std::min<int64_t>(inputs.size(0), std::max<int64_t>(3, batch_ / 4));
  return MakeSyntheticOutliers(inputs.narrow(0, 0, count),
                               options_.synthetic_outliers, options_.seed,
                               static_cast<uint64_t>(step));
}

}  // namespace hypergan::trainer
