#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/app/options.h"
#include "server/serving/log.h"
#include "server/serving/models/model_repository.h"

namespace hypergan::server {

// The checkpoints that the options name. Errors as ScanRepository and
// FindModel.
absl::StatusOr<std::vector<ModelFile>> FindModelFiles(const Options& options,
                                                      const Log& log);

}  // namespace hypergan::server
