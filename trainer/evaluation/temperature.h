#pragma once

#include <ATen/core/Tensor.h>

#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// The temperature T, in [1/8, 8], at which the means over networks `pooled`
// [R, K] have the least negative log-likelihood after PoolTempered
// (hypergan/ensemble/scores.h). `labels` int64 [R].
double FitPoolTemperature(const at::Tensor& pooled, const at::Tensor& labels);

// Once each network's logits were divided by a temperature. What
// `probabilities` [..., K], softmax(logits / T), were before: the softmax of
// the logits themselves.
at::Tensor Untempered(const at::Tensor& probabilities, double temperature);

// What a checkpoint's logits were divided by, in its manifest's provenance; 1
// for none.
double LogitTemperatureOf(const Manifest& manifest);

}  // namespace hypergan::trainer
