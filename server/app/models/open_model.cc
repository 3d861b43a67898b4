#include "server/app/models/open_model.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "server/app/models/checkpoint_check.h"
#include "server/serving/models/snapshot.h"

namespace hypergan::server {

absl::StatusOr<LoadedModel> OpenModel(const ModelFile& file,
                                      const EngineLoader& loader,
                                      const ModelOptions& options,
                                      const Interrupt& interrupt) {
  HG_RETURN_IF_ERROR(file.problem);
  HG_ASSIGN_OR_RETURN(const Snapshot snapshot,
                      Snapshot::Of(file.path, interrupt));
  if (options.check_in_child) {
    HG_RETURN_IF_ERROR(CheckInChild(
        file.path, snapshot, {options.max_check_time, options.max_check_bytes},
        interrupt));
  }
  CheckpointFile copy(file.path);
  copy.bytes_path = snapshot.path();
  auto engine = loader(copy);
  if (engine.ok()) return LoadedModel{*std::move(engine), snapshot.digest()};
  return absl::Status(engine.status().code(),
                      absl::StrReplaceAll(engine.status().message(),
                                          {{copy.bytes_path, file.path}}));
}

}  // namespace hypergan::server
