#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"

namespace hypergan::trainer {

// The weight sets that Markov chains leave, under the checkpoint's contract:
// generate() picks one of them for each noise, of size 1, as a deep ensemble
// does. When its places are full, the oldest sample makes room.
class ChainSamples {
 public:
  // `samples` of all chains together; some more where the chains do not divide
  // them. INVALID_ARGUMENT for chains or samples out of 1..10,000.
  static absl::StatusOr<ChainSamples> New(const TargetNetwork& target,
                                          int64_t chains, int64_t samples,
                                          uint64_t seed, c10::Device device);

  int64_t per_chain() const { return per_chain_; }
  int64_t members() const { return per_chain_ * chains_; }
  const torch::jit::Module& module() const { return module_; }

  // Puts the chains' weights [chains, ...], in the order and the memory of
  // RegisterLayers, where sample number `sample` of each chain belongs.
  // Until the places are full, the last sample stands in all that are left.
  void Keep(int64_t sample, const std::vector<at::Tensor>& weights);

  // [members, parameters]: weights and biases layer by layer.
  at::Tensor Flat() const;

 private:
  ChainSamples(int64_t chains, int64_t per_chain, torch::jit::Module module);

  int64_t chains_;
  int64_t per_chain_;
  torch::jit::Module module_;
  std::vector<at::Tensor> copies_;  // [members, ...]
};

}  // namespace hypergan::trainer
