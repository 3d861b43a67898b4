#pragma once

#include <torch/script.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/chain_samples.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {

struct HmcOptions {
  int64_t chains = 10;     // side by side; a step moves each once
  int64_t samples = 200;   // that are kept, of all chains together
  int64_t leapfrogs = 50;  // of a trajectory
  // Of a weight under the prior, in units of its deviation when an ordinary
  // network is drawn (InitialDeviation); of a bias.
  double prior_deviation = 1;
  int64_t training_rows = 1;
  int64_t steps = 1;        // of the whole run
  uint64_t seed = 0;        // of the initial weights
  uint64_t noise_seed = 0;  // of momenta and acceptance
};

// Hamiltonian Monte Carlo (Neal 2011, "MCMC Using Hamiltonian Dynamics"):
// samples of the exact posterior of the weights, given a normal prior, where
// each step's loss is of all training rows. So it is a reference for what other
// methods approximate, on data of few rows. The potential of a chain is
//   U = training_rows * loss + sum over weights (w / prior deviation)^2 / 2
// and its momenta have the prior's precision for a mass. A trajectory has
// `leapfrogs` steps of one size, and one more that accepts or rejects it. In
// the first half of the run each chain moves its step size towards an
// acceptance of 0.8; the samples are of the second half, evenly spaced.
class Hmc : public Posterior {
 public:
  // INVALID_ARGUMENT for chains or samples out of 1..10,000, and leapfrogs out
  // of 1..10,000.
  static absl::StatusOr<std::unique_ptr<Hmc>> New(const TargetNetwork& target,
                                                  const HmcOptions& options,
                                                  c10::Device device);

  // `networks` is the number of chains.
  Sample Draw(int64_t step, int64_t networks, StepReport* report) override;
  std::vector<at::Tensor> Gradients() override;
  void SeeLosses(const at::Tensor& losses) override;
  absl::Status Update(const LearningRates& rates, Workers& workers) override;
  int64_t noise_size() const override { return 1; }
  int64_t members() const override { return kept_.members(); }
  const torch::jit::Module& module() const override { return kept_.module(); }
  bool has_learned() const override { return trajectory() > 0; }
  std::vector<at::Tensor> Tensors() const override;
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) override;

  // Step size of each chain [chains], in units of the prior's deviations.
  at::Tensor step_sizes() const { return log_steps_.exp(); }
  // Share of the trajectories of the second half that were accepted, [chains].
  at::Tensor Acceptance() const;

 private:
  Hmc(const HmcOptions& options, torch::jit::Module chains, ChainSamples kept,
      const at::Tensor& scale);

  int64_t trajectory() const { return steps_ / (options_.leapfrogs + 1); }
  int64_t trajectories() const {
    return options_.steps / (options_.leapfrogs + 1);
  }
  bool IsWarmingUp() const { return trajectory() < trajectories() / 2; }

  // Where the chains are, [chains, parameters] in units of the prior's
  // deviations, and the gradient of the potential there.
  at::Tensor Positions() const;
  at::Tensor Slopes() const;
  void MoveTo(const at::Tensor& positions);
  // Steps of this trajectory, [chains, 1].
  at::Tensor StepSizes() const;
  // U + momentum^2 / 2 of each chain, [chains].
  at::Tensor Energies(const at::Tensor& positions) const;
  void Begin(const at::Tensor& positions);
  void FindDiverged(const at::Tensor& positions);
  void End(const at::Tensor& positions);

  const HmcOptions options_;
  torch::jit::Module chains_;
  ChainSamples kept_;
  std::vector<at::Tensor> weights_;  // of the chains, [chains, ...] each
  at::Tensor scale_;                 // the prior's deviations, [parameters]
  at::Tensor losses_;                // of the last Draw, [chains]
  int64_t steps_ = 0;
  // State: of the trajectory under way, its start and momenta [chains,
  // parameters], energy at the start and whether it has diverged (0 or 1)
  // [chains]; of the run, logarithms of the step sizes and accepted
  // trajectories [chains].
  at::Tensor starts_, momenta_, start_energies_, diverged_;
  at::Tensor log_steps_, accepted_;
};

}  // namespace hypergan::trainer
