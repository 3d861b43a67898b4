#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/target/target_network.h"
#include "trainer/methods/baselines/direct_posterior.h"

namespace hypergan::trainer {

struct MeanFieldOptions {
  // The prior's deviation, in units of the deviation that the layer's weights
  // start with (InitialDeviation).
  double prior_deviation = 1.0;
  double kl_weight = 1.0;     // 1: the evidence lower bound; below: a cold one
  int64_t warm_up_steps = 0;  // in which that weight grows from 0
  int64_t training_rows = 1;
  uint64_t seed = 0;        // of the initial means
  uint64_t noise_seed = 0;  // of the weights drawn in training
};

// Mean-field variational inference (Blundell et al., "Bayes by Backprop", ICML
// 2015): every weight and bias an independent normal, w = mean + softplus(rho)
// * noise, under the loss NLL + kl_weight * KL(q || prior) / training_rows. One
// noise number a parameter; INVALID_ARGUMENT for a network with more than 65536
// of them, the largest noise of a checkpoint.
absl::StatusOr<DirectPosterior::Parts> MeanField(
    const TargetNetwork& target, const MeanFieldOptions& options);

}  // namespace hypergan::trainer
