#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/target/architecture.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/loop/training_options.h"
#include "trainer/methods/method_table.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {

// What `options` say is to be trained, at its start. `training_rows` weighs the
// data against a prior. Errors as those of the method.
absl::StatusOr<std::unique_ptr<Posterior>> NewPosterior(
    const TrainingOptions& options, const Architecture& architecture,
    int64_t training_rows, c10::Device device);

// The networks that figures are of, of the evaluation seed of a run of `seed`:
// so many, or each of a deep ensemble's `members` once (0: of another method)
// where those are fewer.
EvaluationOptions EvaluationOf(uint64_t seed, int64_t networks,
                               int64_t members);
EvaluationOptions EvaluationOf(const TrainingOptions& options);

// The members of a checkpoint that is a deep ensemble; 0 of another, and of one
// that was written before manifests said them.
int64_t MembersOf(const Manifest& manifest);

}  // namespace hypergan::trainer
