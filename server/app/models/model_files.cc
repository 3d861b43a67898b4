#include "server/app/models/model_files.h"

namespace hypergan::server {

absl::StatusOr<std::vector<ModelFile>> FindModelFiles(const Options& options,
                                                      const Log& log) {
  if (options.model_path.empty()) {
    return ScanRepository(options.model_repository, options.limits, log,
                          options.models.rules);
  }
  return FindModel(options.model_name, options.model_path, options.limits, log,
                   options.models.rules);
}

}  // namespace hypergan::server
