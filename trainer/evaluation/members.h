#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// How the networks of an ensemble differ as functions, from what each says of R
// rows, `probabilities` [N, R, K], N >= 2, and the rows' `labels` int64 [R]:
//   member_disagreement       share of rows on which two networks choose
//                             different classes, mean over pairs
//   member_kl                 KL(p_i || p_j), nats, mean over ordered pairs and
//                             rows; probabilities below 1e-38 count as that
//   member_error_correlation  Pearson's correlation over rows of "i is wrong"
//                             and "j is wrong", mean over pairs of networks
//                             that are neither right nor wrong everywhere;
//                             absent where there are no such pairs
// Two networks that are the same have 0, 0 and 1; independent errors have a
// correlation of 0. (Fort, Hu, Lakshminarayanan, Deep Ensembles: A Loss
// Landscape Perspective, 2019, compare members by disagreement and KL.)
Figures MemberFigures(const at::Tensor& probabilities,
                      const at::Tensor& labels);

}  // namespace hypergan::trainer
