#pragma once

#include <torch/script.h>

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/architecture.h"
#include "hypergan/manifest.h"
#include "hypergan/workers.h"
#include "trainer/adam.h"
#include "trainer/discriminator.h"
#include "trainer/random_stream.h"

namespace hypergan::trainer {

struct ObjectiveOptions {
  Task task = Task::kClassification;
  int64_t networks = 10;  // sampled a step
  double beta = 1.0;      // weight of the mixer's adversarial term, Eq. 2
  double target_deviation = 1.0;  // of the Gaussian likelihood, for regression
};

// Learning rates of one step. The generators' last layers sum over hundreds of
// hidden units, so the same step moves a generated weight hundreds of times as
// far: they have a rate of their own.
struct LearningRates {
  double hidden = 0;  // mixer and the generators' hidden layers
  double last = 0;    // the generators' last layers
  double discriminator = 0;
};

// What one step saw, before its update.
struct StepReport {
  double loss = 0;                    // supervised, mean over networks and rows
  double mixer_loss = 0;              // mean of -log D(z)
  double discriminator_loss = 0;      // 2 ln 2 = 1.39 when D is undecided
  double discriminator_accuracy = 0;  // 1/2 when D is undecided
  double code_mean = 0;      // of all codes' components; the prior's is 0
  double code_variance = 0;  // the prior's is 1
};

// The parameters under training and their optimisers.
class Learner {
 public:
  // `module` moves to `device`; `seed` is the run's.
  Learner(const Architecture& architecture, torch::jit::Module module,
          uint64_t seed, c10::Device device);

  // One step of Eq. 2 and 3 on `inputs` [B, ...] and `targets`, with the noise
  // and prior samples of step number `step`. Every network sees every row. The
  // target networks are shared out over `workers`; their gradients come back as
  // gradients of the weight sets and go on through the generators and the
  // mixer. ABORTED, before anything is updated, if a loss is not finite.
  absl::StatusOr<StepReport> Step(int64_t step, const at::Tensor& inputs,
                                  const at::Tensor& targets,
                                  const ObjectiveOptions& objective,
                                  const LearningRates& rates, Workers& workers);

  const torch::jit::Module& module() const { return module_; }
  // Everything that Step changes, in a fixed order.
  std::vector<at::Tensor> Tensors() const;
  int64_t steps() const { return hidden_adam_.steps(); }
  // `tensors` as from Tensors() of a learner of the same architecture.
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps);

 private:
  // The losses of the two players of Eq. 2 and 3, with their graphs.
  struct Adversaries {
    at::Tensor mixer_loss;
    at::Tensor discriminator_loss;
  };

  // Standard normal [count, size] of one step and use, on the device.
  at::Tensor Draw(Stream stream, int64_t step, int64_t count,
                  int64_t size) const;
  Adversaries Compete(const at::Tensor& codes, int64_t step,
                      StepReport* report) const;
  absl::Status Update(const LearningRates& rates, Workers& workers);

  const Architecture architecture_;
  const uint64_t seed_;
  const c10::Device device_;
  torch::jit::Module module_;
  Discriminator discriminator_;
  Adam hidden_adam_;
  Adam last_adam_;
  Adam discriminator_adam_;
};

}  // namespace hypergan::trainer
