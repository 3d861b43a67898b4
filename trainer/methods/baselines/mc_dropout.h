#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/direct_posterior.h"

namespace hypergan::trainer {

struct McDropoutOptions {
  double rate = 0.2;           // of units dropped, in [0, 1)
  double weight_decay = 1e-4;  // times half the squared norm
  uint64_t seed = 0;           // of the initial weights
  uint64_t noise_seed = 0;     // of the masks in training
};

// MC Dropout (Gal and Ghahramani, ICML 2016): one network, of which each sample
// keeps the units that its noise says, a channel of a convolution or a feature
// of a linear layer, and scales them by 1 / (1 - rate). The mask belongs to the
// network, not to the row, as in the Bayesian reading: a unit of layer l is
// dropped by zeroing the weights of layer l + 1 that read it. One noise number
// a hidden unit.
absl::StatusOr<DirectPosterior::Parts> McDropout(
    const TargetNetwork& target, const McDropoutOptions& options);

}  // namespace hypergan::trainer
