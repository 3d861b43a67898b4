#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "server/serving/model_loading.h"

namespace hypergan::server {

// Opens a device (see --device and --threads) and returns what loads
// checkpoints onto it.
using OpenDevice = std::function<absl::StatusOr<EngineLoader>(
    const std::string& device, int threads)>;

// The program, from its command line to its exit code: 0 after SIGTERM or
// SIGINT, 1 if it could not start, with one line on stderr that says why.
int RunProgram(int argc, char** argv, const OpenDevice& open_device);

}  // namespace hypergan::server
