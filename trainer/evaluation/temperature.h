#pragma once

#include <ATen/core/Tensor.h>

#include "absl/status/status.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// The temperature T, in [1/8, 8], at which the mean over networks of
// softmax(logits / T) has the least negative log-likelihood (temperature
// scaling, Guo et al. 2017, of an ensemble's mean). `probabilities` [N, R, K]
// are softmax(logits), `labels` int64 [R]. An ensemble whose networks err apart
// is less sure than it is right, and wants T < 1.
double FitTemperature(const at::Tensor& probabilities,
                      const at::Tensor& labels);

// What `probabilities` [..., K], softmax(logits / T), were before: the softmax
// of the logits themselves.
at::Tensor Untempered(const at::Tensor& probabilities, double temperature);

// What a checkpoint's logits were divided by, in its manifest's provenance; 1
// for none.
double TemperatureOf(const Manifest& manifest);
void SetTemperature(double temperature, Manifest* manifest);

// In the constants of the target network, the module's and the description's.
absl::Status DivideLogits(double temperature, Checkpoint* checkpoint);

}  // namespace hypergan::trainer
