#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/calibration.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {

// Stands for as many networks as one likes: the most that a manifest may name.
inline constexpr int64_t kManyNetworks = int64_t{1} << 20;

// What ood_score is made of (hypergan/checkpoint/calibration.h): the primary
// scores of `rows`, at least one and none of them trained on, by ensembles of
// options.num_networks networks, the default N, and of 2, 3, 5, 10, 20, 50 and
// 100; as those of kManyNetworks, what they tend to with more and more
// networks. A default N of 1 counts as 2.
//
// Chance draws the networks of a request anew, so that the rows are not all
// asked of the same ones: they are shared out between 50 draws, and the rows
// of a draw between the disjoint ensembles of each size that its networks make.
absl::StatusOr<Calibration> CalibrateEnsemble(const Ensemble& ensemble,
                                              const Rows& rows,
                                              const EvaluationOptions& options);

// What prediction sets are made of (hypergan/checkpoint/predictive.h): one
// minus the probability of its own label that options.num_networks networks
// give each of `rows`, at least one and none of them trained on.
absl::StatusOr<LabelCalibration> CalibrateEnsembleLabels(
    const Ensemble& ensemble, const Rows& rows,
    const EvaluationOptions& options);

// What so many calibration rows are too few for, to tell who trains; empty if
// they are enough.
std::string LackOfCalibrationRows(int64_t rows);

}  // namespace hypergan::trainer
