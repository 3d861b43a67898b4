#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hypergan/status_macros.h"
#include "server/app/program.h"
#include "server/engine/torch_engine.h"

namespace hypergan::server {
namespace {

absl::StatusOr<EngineLoader> OpenTorch(const std::string& device, int threads) {
  HG_ASSIGN_OR_RETURN(std::shared_ptr<TorchEngineLoader> loader,
                      TorchEngineLoader::Open(device, threads));
  return [loader](const std::string& path) { return loader->Load(path); };
}

}  // namespace
}  // namespace hypergan::server

int main(int argc, char** argv) {
  return hypergan::server::RunProgram(argc, argv, hypergan::server::OpenTorch);
}
