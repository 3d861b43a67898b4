#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/records/result.h"
#include "trainer/objective/loss_gradient.h"

namespace hypergan::trainer {

// Both change each pixel by at most epsilon, within [0, 1], to make the loss
// (trainer/objective/loss_gradient.h) grow:
//   kFgsm  x + epsilon sign(dL/dx)  (Goodfellow et al. 2015)
//   kPgd   from a random start, uniform in the ball of epsilon, `steps` steps
//          of 2.5 epsilon / steps along the sign of the gradient, each
//          projected onto the ball and [0, 1]; of `restarts` of them, row by
//          row, the one with the greatest loss  (Madry et al. 2018)
enum class AttackKind { kFgsm, kPgd };

struct AttackOptions {
  AttackKind kind = AttackKind::kFgsm;
  bool on_ensemble = false;  // else on its network 0
  std::vector<double> epsilons;
  int64_t num_networks = 100;    // of the ensemble, attacked or not
  int64_t fresh_networks = 100;  // drawn after the attack
  int64_t steps = 10;            // of PGD
  int64_t restarts = 1;          // of PGD
  uint64_t seed = 0;             // of the ensemble and the random start
  std::function<absl::Status()> interrupt;
};

// What the attack makes of `inputs` float32 [B, ...] in [0, 1].
absl::StatusOr<at::Tensor> Perturb(const LossGradient& gradient,
                                   const at::Tensor& inputs,
                                   const at::Tensor& labels, double epsilon,
                                   const AttackOptions& options);

// The curve of an attack on labelled `rows`; its first point, epsilon 0, is
// always there. `accuracy_single` is network 0's; `accuracy_fresh` is of
// networks drawn with the next seed, which the attack did not know.
// INVALID_ARGUMENT for a regression, more than 1000 attacked networks, steps or
// restarts out of 1..1000, inputs outside [0, 1], or an epsilon outside (0, 1]
// or not above the one before.
absl::StatusOr<AttackResult> Attack(const Ensemble& ensemble, const Rows& rows,
                                    const AttackOptions& options);

}  // namespace hypergan::trainer
