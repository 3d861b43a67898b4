#pragma once

#include "absl/status/statusor.h"
#include "server/app/models/model_options.h"
#include "server/engine.h"
#include "server/serving/models/model_loading.h"
#include "server/serving/models/model_repository.h"

namespace hypergan::server {

// Opens a version: a copy of its file that nobody changes is compared with its
// digest, tried in a child process, if the options want it, and loaded. Errors
// as Snapshot::Of, CheckInChild and `loader`; they name the file, not the copy.
absl::StatusOr<LoadedModel> OpenModel(const ModelFile& file,
                                      const EngineLoader& loader,
                                      const ModelOptions& options,
                                      const Interrupt& interrupt);

}  // namespace hypergan::server
