#pragma once

#include <torch/script.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/sgld.h"
#include "trainer/methods/discriminator.h"
#include "trainer/methods/posterior.h"
#include "trainer/optimizer/adam.h"

namespace hypergan::trainer {

struct ApdOptions {
  // The chains that the generator learns from. Their `steps` are the first ones
  // of the run; the generator is trained in all others.
  SgldOptions teacher;
  int64_t rounds = 5;       // of the generator, for each of those steps
  double rate = 1e-4;       // of the generator's and the critic's Adam
  uint64_t seed = 0;        // of the initial generator and critic
  uint64_t noise_seed = 0;  // of their training
};

// Adversarial posterior distillation (Wang et al., ICML 2018): a generator of
// whole weight sets learns the distribution of the weight sets that Langevin
// chains left, as a Wasserstein GAN with gradient penalty (Gulrajani et al.
// 2017). A round is five steps of the critic and one of the generator. Weights
// are standardised coordinate by coordinate, for the critic would see the
// largest alone.
class Apd : public Posterior {
 public:
  // INVALID_ARGUMENT as of Sgld::New, and for rounds out of 1..1000.
  static absl::StatusOr<std::unique_ptr<Apd>> New(const TargetNetwork& target,
                                                  const ApdOptions& options,
                                                  c10::Device device);

  // While the chains move, their weight sets; then the generator's.
  Sample Draw(int64_t step, int64_t networks, StepReport* report) override;
  // The generator's are not the loss's: none.
  std::vector<at::Tensor> Gradients() override;
  absl::Status Update(const LearningRates& rates, Workers& workers) override;
  int64_t noise_size() const override;
  const torch::jit::Module& module() const override { return module_; }
  bool has_learned() const override { return steps_ > options_.teacher.steps; }
  std::vector<at::Tensor> Tensors() const override;
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) override;

 private:
  Apd(const ApdOptions& options, std::unique_ptr<Sgld> teacher,
      torch::jit::Module module, Discriminator critic);

  bool IsTeaching() const { return steps_ < options_.teacher.steps; }
  void Standardise();
  at::Tensor Fake(int64_t draw) const;
  at::Tensor Real(int64_t draw) const;
  at::Tensor CriticLoss(int64_t draw) const;
  absl::Status Round(int64_t round, Workers& workers);

  const ApdOptions options_;
  std::unique_ptr<Sgld> teacher_;
  torch::jit::Module module_;
  Discriminator critic_;  // of standardised weight sets, not of codes
  Adam generator_adam_;
  Adam critic_adam_;
  at::Tensor
      real_;  // standardised samples [S, parameters]; none while teaching
  int64_t steps_ = 0;
};

}  // namespace hypergan::trainer
