#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"
#include "trainer/evaluation/corruption.h"
#include "trainer/evaluation/full_evaluation.h"
#include "trainer/evaluation/records/result.h"

namespace hypergan::trainer {

// How an ensemble of a classification does on `rows`, labelled images, as they
// change: one curve for each of `kinds`, of the rows as they are and by each of
// CorruptionAmounts. A point's figures: accuracy, nll, ece; and the means over
// rows predictive_entropy and mutual_information, nats, where the ensemble has
// them. INVALID_ARGUMENT for rows that are no images, and as of PredictRows.
absl::StatusOr<std::vector<ShiftResult>> EvaluateShift(
    const Ensemble& ensemble, const Rows& rows,
    absl::Span<const Corruption> kinds, const FullEvaluationOptions& options);

}  // namespace hypergan::trainer
