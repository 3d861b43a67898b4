#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/engine.h"

namespace hypergan::server {

// Opens checkpoints on one device. Its engines share its threads, so they must
// be asked one at a time (serving/executor.h does). Needs no LibTorch to
// include.
class TorchEngineLoader {
 public:
  // `device`: auto, cpu, cuda or cuda:<index>; `threads`: 0 for one a core.
  // Call once, at the start of the program. Errors as OpenDevice
  // (hypergan/device.h).
  static absl::StatusOr<std::unique_ptr<TorchEngineLoader>> Open(
      const std::string& device, int threads);
  ~TorchEngineLoader();

  // Loads and checks the checkpoint at `path`; errors as LoadCheckpoint
  // (hypergan/checkpoint.h). The engine must not outlive the loader.
  absl::StatusOr<std::unique_ptr<Engine>> Load(const std::string& path) const;

 private:
  struct State;
  explicit TorchEngineLoader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hypergan::server
