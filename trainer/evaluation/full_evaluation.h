#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// Rows from elsewhere, and where from.
struct OutsideRows {
  std::string name;
  Rows rows;
};

struct FullEvaluationOptions : EvaluationOptions {
  int64_t max_rows = 0;  // of each set; 0: all
};

// Evaluates a trained ensemble by the labelled rows of a test set and by rows
// from elsewhere, each asked about once: fills in `result`'s networks, figures
// (trainer/evaluation/evaluation.h) and outside; for a classification more
// figures (members.h, selective.h, conformal.h, and `ece_floor` with
// `ece_floor_deviation`, reliability.h; nll_N and accuracy_N of further sizes
// N), what each row gave, the reliability diagrams (`reliability_single` pools
// the networks), the 12 most and 12 least uncertain pictures and the
// first-layer filters of 4 networks; for a curve the bands of 10 and of all
// networks. INVALID_ARGUMENT for rows that are not of the ensemble's input
// shape, or fewer than one; what it fails with leaves `result` half filled in.
absl::Status EvaluateFully(const Ensemble& ensemble, const Rows& test,
                           const std::vector<OutsideRows>& outside,
                           const FullEvaluationOptions& options,
                           ExperimentResult* result);

// The training rows of a curve, for its plot.
void AddObservations(const Rows& training, ExperimentResult* result);

}  // namespace hypergan::trainer
