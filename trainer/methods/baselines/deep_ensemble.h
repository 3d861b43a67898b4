#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/direct_posterior.h"

namespace hypergan::trainer {

struct DeepEnsembleOptions {
  int64_t members = 10;
  double weight_decay = 0;  // times half the squared norm, of each member
  uint64_t seed = 0;        // of the initial weights
};

// A deep ensemble (Lakshminarayanan, Pritzel and Blundell, NeurIPS 2017;
// "Random Start" in the paper's Table 2): networks from different random
// starts, trained side by side on the same rows. generate() picks for each
// noise, of size 1, one member, each with the same probability. Step with as
// many networks as members: each is then trained once.
absl::StatusOr<DirectPosterior::Parts> DeepEnsemble(
    const TargetNetwork& target, const DeepEnsembleOptions& options);

}  // namespace hypergan::trainer
