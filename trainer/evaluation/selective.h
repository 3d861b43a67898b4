#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "hypergan/checkpoint/manifest.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// What a classification's primary score is worth for answering only where it is
// low (trainer/evaluation/risk_coverage.h), as figures:
//   aurc            area under the curve of risk by coverage, the error rate
//   accuracy_at_95, accuracy_at_90, accuracy_at_80
//                   of the 95, 90 and 80 % of the rows with the lowest score
//   error_auroc     how it tells rows that the ensemble gets wrong from those
//                   that it gets right (trainer/evaluation/separation.h);
//                   absent where all are right, or all wrong
// None where the score has no meaning, as of one network that cannot disagree.
Figures SelectiveFigures(const Manifest& manifest, int64_t networks,
                         const EnsembleOutputs& outputs,
                         const at::Tensor& labels);

}  // namespace hypergan::trainer
