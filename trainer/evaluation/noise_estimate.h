#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "hypergan/ensemble/ensemble.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// The standard deviation of what the inputs do not determine, per output, from
// rows that the networks were not trained on: of outputs [R, K] and `targets`
// float32 [R, K], the deviation under which the errors (target - mean) are
// likeliest, each normal with variance + noise^2, where the variance is the
// networks' (epistemic). So rows that the networks are sure about tell most. At
// least a hundredth of the root mean square error. R is at least 1.
std::vector<double> EstimateNoise(const EnsembleOutputs& outputs,
                                  const at::Tensor& targets);

// Figures of the predictive distribution, a normal one of variance + noise^2
// per output:
//   coverage_95   share of the targets within its central 95 %
//   width_95      mean width of that interval, in the targets' units
//   nll           mean negative log density, summed over outputs
//   crps          mean continuous ranked probability score over outputs, in the
//                 targets' units (Gneiting and Raftery 2007, Eq. 21)
// `noise` holds K deviations. Where variance and noise are both 0 the density
// is taken at a deviation of 1e-12.
Figures PredictiveFigures(const EnsembleOutputs& outputs,
                          const std::vector<double>& noise,
                          const at::Tensor& targets);

}  // namespace hypergan::trainer
