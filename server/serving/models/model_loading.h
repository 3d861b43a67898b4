#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/metrics/metrics.h"
#include "server/serving/models/checkpoint_file.h"
#include "server/serving/models/model_repository.h"
#include "server/serving/models/model_table.h"

namespace hypergan::server {

// Makes an engine of a checkpoint.
using EngineLoader = std::function<absl::StatusOr<std::unique_ptr<Engine>>(
    const CheckpointFile&)>;

// Predicts one row of zeros with the model's default number of networks (at
// most limits.max_piece_networks) and looks at the answer's sizes, so that the
// first request neither pays for the model's compilation nor meets a broken
// one.
absl::Status WarmUp(const Engine& engine, const Limits& limits,
                    const Interrupt& interrupt);

// Loads and warms up every file. One that fails is logged with its reason,
// counted and left out; the others are served all the same.
//   FAILED_PRECONDITION  nothing could be loaded; the message has the reasons
//   what `interrupt` says, asked between files and during warm-ups
absl::StatusOr<std::unique_ptr<const ModelTable>> LoadModels(
    const std::vector<ModelFile>& files, const EngineLoader& loader,
    const Limits& limits, const Interrupt& interrupt, const Log& log,
    Metrics& metrics);

}  // namespace hypergan::server
