#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "hypergan/target/architecture.h"
#include "trainer/methods/discriminator.h"
#include "trainer/methods/posterior.h"
#include "trainer/optimizer/adam.h"

namespace hypergan::trainer {

// The HyperGAN under training: mixer, generators and discriminator of Eq. 2 and
// 3 with their optimisers.
class HyperGanPosterior : public Posterior {
 public:
  struct Options {
    double beta = 1;  // weight of the mixer's adversarial term in Eq. 2
    // Codes that every step draws, for BatchNorm's statistics and for the
    // discriminator; the first ones go on to be networks.
    int64_t codes = 100;
    int64_t discriminator_width = 512;  // of its two hidden layers
    // Weight of half the squared norm of a generated network's weights and
    // biases: a normal prior. (The baselines leave the biases out.)
    double weight_decay = 0;
    // Weight of the entropy of what the generators add to a start: the mean
    // over weights of the log of their deviation (MeanLogDeviation). The loss
    // that an e-fold of deviation may cost.
    double entropy = 0;
    // With several starts: the step before which all networks are of one start.
    // Then every start becomes a network that was generated around it, its
    // distance from the mean of these networks times `fork_spread`, and the
    // generators' last layers are multiplied by `fork_scale`. So the starts
    // share what the first steps learned, and part where the generators point.
    int64_t fork_step = 0;
    double fork_scale = 0.1;
    double fork_spread = 1;
  };

  // `module` (NewModule) moves to `device`; `seed` is the run's.
  HyperGanPosterior(const Architecture& architecture, torch::jit::Module module,
                    uint64_t seed, const Options& options, c10::Device device);

  Sample Draw(int64_t step, int64_t networks, StepReport* report) override;
  std::vector<at::Tensor> Gradients() override;
  absl::Status Update(const LearningRates& rates, Workers& workers) override;
  int64_t noise_size() const override { return architecture_.sizes.noise; }
  int64_t members() const override { return architecture_.sizes.starts; }
  const torch::jit::Module& module() const override { return module_; }
  std::vector<at::Tensor> Tensors() const override;
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) override;

 private:
  bool IsBeforeFork() const { return steps_ < options_.fork_step; }
  at::Tensor NoiseOf(int64_t step, int64_t count) const;
  // Every start as the first one is, so that whoever asks the module meanwhile
  // gets networks of it.
  void CopyFirstStart();
  void Fork();
  // `weights` [N, ...] of `noise` [N, noise] without their starts.
  std::vector<at::Tensor> WithoutStarts(std::vector<at::Tensor> weights,
                                        const at::Tensor& noise) const;
  // D against the codes: the mixer's loss, and D's kept for Gradients.
  at::Tensor Compete(const at::Tensor& codes, int64_t step, StepReport* report);

  const Architecture architecture_;
  const uint64_t seed_;
  const Options options_;
  const c10::Device device_;
  torch::jit::Module module_;
  Discriminator discriminator_;
  at::Tensor discriminator_loss_;  // of the last Draw, with its graph
  Adam hidden_adam_;
  Adam last_adam_;
  Adam discriminator_adam_;
  int64_t steps_ = 0;
};

}  // namespace hypergan::trainer
