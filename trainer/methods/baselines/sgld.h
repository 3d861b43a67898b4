#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/chain_samples.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {

struct SgldOptions {
  int64_t chains = 10;    // side by side; a step trains each once
  int64_t samples = 200;  // that are kept, of all chains together
  double learning_rate = 0.05;
  double weight_decay = 1e-3;  // the prior's precision, divided by the rows
  int64_t training_rows = 1;
  int64_t steps = 1;        // of the whole run
  uint64_t seed = 0;        // of the initial weights
  uint64_t noise_seed = 0;  // of the steps' noise
};

// Stochastic gradient Langevin dynamics (Welling and Teh, ICML 2011): chains of
// weights that move by
//   w <- w - learning_rate / 2 * (gradient + weight_decay * w)
//        + N(0, learning_rate / training_rows)
// (their Eq. 4, with a step size of learning_rate / training_rows), the
// gradient being that of the mean loss over a batch. The rate is constant. The
// checkpoint holds samples of the second half of the run, evenly spaced, and
// generate() picks one of them for each noise, of size 1, as a deep ensemble
// does. Before, it holds the last samples there are.
class Sgld : public Posterior {
 public:
  // INVALID_ARGUMENT for chains or samples out of 1..10,000.
  static absl::StatusOr<std::unique_ptr<Sgld>> New(const TargetNetwork& target,
                                                   const SgldOptions& options,
                                                   c10::Device device);

  // `networks` is the number of chains.
  Sample Draw(int64_t step, int64_t networks, StepReport* report) override;
  std::vector<at::Tensor> Gradients() override;
  absl::Status Update(const LearningRates& rates, Workers& workers) override;
  int64_t noise_size() const override { return 1; }
  int64_t members() const override { return kept_.members(); }
  const torch::jit::Module& module() const override { return kept_.module(); }
  bool has_learned() const override { return steps_ >= interval_; }
  std::vector<at::Tensor> Tensors() const override;
  // What is kept, [samples, parameters]: weights and biases layer by layer, in
  // the order of RegisterLayers.
  at::Tensor Samples() const { return kept_.Flat(); }
  void Restore(const std::vector<at::Tensor>& tensors, int64_t steps) override;

 private:
  Sgld(const SgldOptions& options, torch::jit::Module chains,
       ChainSamples kept);

  const SgldOptions options_;
  torch::jit::Module chains_;
  ChainSamples kept_;
  const int64_t interval_;           // steps between two samples
  std::vector<at::Tensor> weights_;  // of the chains, [chains, ...] each
  int64_t steps_ = 0;
};

}  // namespace hypergan::trainer
