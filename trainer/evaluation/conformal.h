#pragma once

#include <ATen/core/Tensor.h>

#include "hypergan/checkpoint/manifest.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// What the prediction sets of a checkpoint are worth, the conformal ones that
// the server gives (PredictionSet, hypergan/checkpoint/predictive.h), on rows
// with `labels` int64 [R] and the ensemble's `probabilities` [R, K]. For 90, 95
// and 99 % as P, where the manifest has calibration rows enough for it:
//   conformal_coverage_P   share of the rows whose set holds their label
//   conformal_size_P       mean number of classes in a set
Figures ConformalFigures(const Manifest& manifest,
                         const at::Tensor& probabilities,
                         const at::Tensor& labels);

}  // namespace hypergan::trainer
