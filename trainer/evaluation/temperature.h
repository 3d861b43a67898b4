#pragma once

#include <ATen/core/Tensor.h>

#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// How far the logarithm of a pool's temperature is from 0 a priori.
// Temperatures on record are 0.7 to 1.1.
inline constexpr double kLogTemperatureDeviation = 0.25;

// The likeliest temperature T, in [1/8, 8], of the means over networks `pooled`
// [R, K]: the one with the least sum over rows of the negative log-likelihood
// after PoolTempered (hypergan/ensemble/scores.h), and of
// (log T / kLogTemperatureDeviation)^2 / 2. Without that prior few rows without
// an error would make the ensemble as sure as may be. `labels` int64 [R].
double FitPoolTemperature(const at::Tensor& pooled, const at::Tensor& labels);

// Once each network's logits were divided by a temperature. What
// `probabilities` [..., K], softmax(logits / T), were before: the softmax of
// the logits themselves.
at::Tensor Untempered(const at::Tensor& probabilities, double temperature);

// What a checkpoint's logits were divided by, in its manifest's provenance; 1
// for none.
double LogitTemperatureOf(const Manifest& manifest);

}  // namespace hypergan::trainer
