#pragma once

#include <ATen/core/Tensor.h>

namespace hypergan::trainer {

// The temperature T, in [1/8, 8], at which the mean over networks of
// softmax(logits / T) has the least negative log-likelihood (temperature
// scaling, Guo et al. 2017, of an ensemble's mean). `probabilities` [N, R, K]
// are softmax(logits), `labels` int64 [R]. An ensemble whose networks err apart
// is less sure than it is right, and wants T < 1.
double FitTemperature(const at::Tensor& probabilities,
                      const at::Tensor& labels);

}  // namespace hypergan::trainer
