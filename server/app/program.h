#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "server/app/options.h"
#include "server/serving/models/model_loading.h"

namespace hypergan::server {

// Opens the device that the options name and returns what loads checkpoints
// onto it, to be executed as the options say.
using OpenDevice =
    std::function<absl::StatusOr<EngineLoader>(const Options& options)>;

// The program, from its command line to its exit code: 0 after SIGTERM or
// SIGINT, 1 if it could not start, with one line on stderr that says why. With
// --check_config there is a line for each reason.
int RunProgram(int argc, char** argv, const OpenDevice& open_device);

}  // namespace hypergan::server
