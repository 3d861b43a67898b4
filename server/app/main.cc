#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "server/app/options.h"
#include "server/app/program.h"
#include "server/app/stderr_log.h"
#include "server/engine/torch_engine.h"
#include "server/engine/torch_output.h"

namespace hypergan::server {
namespace {

absl::StatusOr<EngineLoader> OpenTorch(const Options& options) {
  TakeTorchOutput(LogToStderr);
  HG_ASSIGN_OR_RETURN(
      std::shared_ptr<TorchEngineLoader> loader,
      TorchEngineLoader::Open(
          {.device = options.device,
           .threads = options.threads,
           .execution_form = options.execution_form,
           .generator_precision = options.generator_precision}));
  return [loader](const CheckpointFile& file) {
    return loader->Load(file.bytes_path, IsDescribed(file.path));
  };
}

}  // namespace
}  // namespace hypergan::server

int main(int argc, char** argv) {
  return hypergan::server::RunProgram(argc, argv, hypergan::server::OpenTorch);
}
