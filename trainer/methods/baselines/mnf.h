#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/direct_posterior.h"

namespace hypergan::trainer {

struct MnfOptions {
  double kl_weight = 1;       // 1: the evidence lower bound; below: a cold one
  int64_t warm_up_steps = 0;  // in which that weight grows from 0
  int64_t training_rows = 1;
  uint64_t seed = 0;        // of the initial parameters
  uint64_t noise_seed = 0;  // of the weights drawn in training
};

// Multiplicative normalizing flows (Louizos and Welling, ICML 2017): a factor z
// for each filter of a convolution and each input of a linear layer, from a
// flow q(z) of two masked RealNVP steps (their Eq. 9), and weights that are
// normal given it, W = z * mean + deviation * noise (their Eq. 4 and 5). The
// loss is NLL + kl_weight * KL / training_rows, with
//   KL = KL(q(W | z) || p(W)) + log q(z) - log r(z | W)
// under the prior N(0, 1) (their Eq. 7), r being a normal given W behind a flow
// of its own (their Eq. 8, 13 and 14). Biases are mean field. One noise number
// a parameter and a factor; INVALID_ARGUMENT for a network that needs more than
// 65536 of them, the largest noise of a checkpoint.
absl::StatusOr<DirectPosterior::Parts> Mnf(const TargetNetwork& target,
                                           const MnfOptions& options);

}  // namespace hypergan::trainer
