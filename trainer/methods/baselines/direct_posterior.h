#pragma once

#include <torch/script.h>

#include <functional>

#include "trainer/methods/posterior.h"
#include "trainer/optimizer/adam.h"

namespace hypergan::trainer {

// A posterior without generators: the module's parameters are themselves what
// the weight sets are made of, trained through generate() by one Adam.
class DirectPosterior : public Posterior {
 public:
  struct Parts {
    torch::jit::Module module;
    int64_t noise_size = 0;
    int64_t members = 1;
    // The noise of step number `step`, [networks, noise_size] on the CPU.
    std::function<at::Tensor(int64_t step, int64_t networks)> noise;
    // What is added to the loss, from the module's parameters and what was just
    // drawn from them; null: nothing.
    std::function<at::Tensor(const torch::jit::Module&, const Sample&)>
        regulariser;
    // In which the regulariser's weight grows from nearly 0 to 1.
    int64_t warm_up_steps = 0;
  };

  DirectPosterior(Parts parts, c10::Device device);

  Sample Draw(int64_t step, int64_t networks, StepReport* report) override;
  std::vector<at::Tensor> Gradients() override;
  absl::Status Update(const LearningRates& rates, Workers& workers) override;
  int64_t noise_size() const override { return parts_.noise_size; }
  int64_t members() const override { return parts_.members; }
  const torch::jit::Module& module() const override { return parts_.module; }
  std::vector<at::Tensor> Tensors() const override;
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) override;

 private:
  double Warmth(int64_t step) const;

  Parts parts_;
  const c10::Device device_;
  Adam adam_;
};

}  // namespace hypergan::trainer
