#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// The supervised part L of Eq. 1: the mean over networks and rows of the
// negative log likelihood. `outputs` [N, B, K]. Classification: `targets` int64
// [B], softmax. Regression: `targets` float32 [B, K], Gaussian of standard
// deviation `deviation` (in the targets' units), without the constant, summed
// over outputs.
at::Tensor SupervisedLoss(Task task, const at::Tensor& outputs,
                          const at::Tensor& targets, double deviation);

// The same of each network by itself, [N], on rows of its own: `targets` int64
// [N, B] or float32 [N, B, K].
at::Tensor NetworkLosses(Task task, const at::Tensor& outputs,
                         const at::Tensor& targets, double deviation);

// The discriminator's loss, Eq. 3 on logits: -log D(p) - log(1 - D(z)), each
// the mean over its codes. The codes must be detached from the mixer.
at::Tensor DiscriminatorLoss(const at::Tensor& prior_logits,
                             const at::Tensor& code_logits);

// The mixer's part of Eq. 2 in the non-saturating form: the mean of -log D(z).
at::Tensor MixerLoss(const at::Tensor& code_logits);

// The sum of squares of all their numbers, of one tensor or more: for weight
// decay.
at::Tensor SquaredNorm(const std::vector<at::Tensor>& tensors);

// The mean over numbers of the log of their deviation over networks, the first
// dimension of each tensor, at least two of them. Up to a constant it is the
// entropy per weight of independent normal weights.
at::Tensor MeanLogDeviation(const std::vector<at::Tensor>& tensors);

// The share of codes that D tells apart rightly, in [0, 1]; a coin's is 1/2. A
// scalar, float32, without a graph.
at::Tensor DiscriminatorAccuracy(const at::Tensor& prior_logits,
                                 const at::Tensor& code_logits);

// Scalars of one device and type, in one copy from there.
std::vector<double> ToDoubles(const std::vector<at::Tensor>& scalars);

}  // namespace hypergan::trainer
