#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine.h"
#include "server/serving/admission/limits.h"
#include "server/serving/models/checkpoint_file.h"

namespace hypergan::server {

// Makes an engine of a checkpoint.
using EngineLoader = std::function<absl::StatusOr<std::unique_ptr<Engine>>(
    const CheckpointFile&)>;

// What became of a checkpoint.
struct LoadedModel {
  std::shared_ptr<const Engine> engine;
  std::string digest;  // of the bytes that it was made of: SHA-256 in hex
};

// Predicts one row of zeros with the model's default number of networks (at
// most limits.max_piece_networks) and looks at the answer's sizes, so that the
// first request neither pays for the model's compilation nor meets a broken
// one.
absl::Status WarmUp(const Engine& engine, const Limits& limits,
                    const Interrupt& interrupt);

}  // namespace hypergan::server
