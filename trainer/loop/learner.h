#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/compute/network_batch.h"
#include "hypergan/runtime/workers.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/posterior.h"
#include "trainer/objective/target_pass.h"

namespace hypergan::trainer {

// One step of training after another: weight sets from the posterior, the
// target networks' gradients back into it.
class Learner {
 public:
  // With `batch` the target networks run in its form, all at once; without, a
  // slice of them on each worker.
  Learner(std::unique_ptr<Posterior> posterior, c10::Device device,
          std::optional<NetworkBatch> batch = std::nullopt);

  // One step on `rows`, with the random numbers of step number `step`. The
  // target networks' gradients come back as gradients of the weight sets and go
  // on through the posterior's graph.
  // ABORTED, before any parameter is updated, if a loss is not finite.
  absl::StatusOr<StepReport> Step(int64_t step, const StepRows& rows,
                                  const ObjectiveOptions& objective,
                                  const LearningRates& rates, Workers& workers);

  const torch::jit::Module& module() const { return posterior_->module(); }
  bool has_learned() const { return posterior_->has_learned(); }
  int64_t noise_size() const { return posterior_->noise_size(); }
  int64_t members() const { return posterior_->members(); }
  // Everything that Step changes, in a fixed order.
  std::vector<at::Tensor> Tensors() const { return posterior_->Tensors(); }
  // `tensors` as from Tensors() of a learner like this one.
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) {
    posterior_->Restore(tensors, steps);
  }

 private:
  std::unique_ptr<Posterior> posterior_;
  c10::Device device_;
  std::optional<NetworkBatch> batch_;
};

// The learner for `device`: in slices on a CPU, in one batch elsewhere.
// INVALID_ARGUMENT for an invalid target network.
absl::StatusOr<Learner> NewLearner(std::unique_ptr<Posterior> posterior,
                                   const TargetNetwork& target,
                                   c10::Device device);

}  // namespace hypergan::trainer
