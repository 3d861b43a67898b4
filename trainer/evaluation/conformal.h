#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// Sets of classes that hold the right one with a chosen probability: split
// conformal prediction with the score 1 - p[label] (Sadinle, Lei, Wasserman
// 2019; Angelopoulos and Bates 2021). The threshold is the k-th least score of
// n calibration rows, k = ceil((n + 1)(1 - alpha)); a set has all classes whose
// score does not exceed it, and all K of them where k > n. If calibration and
// test rows come from the same distribution, a set holds its label with a
// probability of at least 1 - alpha, whatever the networks.
//
// `calibration` [n, K] and `test` [R, K] hold the ensemble's probabilities. For
// 90, 95 and 99 % as P:
//   conformal_coverage_P   share of the test rows whose set holds their label
//   conformal_size_P       mean number of classes in a set
Figures ConformalFigures(const at::Tensor& calibration,
                         const at::Tensor& calibration_labels,
                         const at::Tensor& test, const at::Tensor& test_labels);

}  // namespace hypergan::trainer
