#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/engine.h"

namespace hypergan::server {

// How checkpoints are executed; the words are those of the server's flags.
struct TorchEngineOptions {
  std::string device = "auto";          // auto, cpu, cuda or cuda:<index>
  int threads = 0;                      // 0: one a core
  std::string execution_form = "auto";  // auto, module, loop or batched
  std::string generator_precision = "float32";  // float32 or bfloat16
};

// Opens checkpoints on one device. Its engines share its threads, so they must
// be asked one at a time (serving/scheduler.h does). Needs no LibTorch to
// include.
class TorchEngineLoader {
 public:
  // Call once, at the start of the program. INVALID_ARGUMENT for a word that is
  // none of the above; other errors as OpenDevice (hypergan/runtime/device.h).
  static absl::StatusOr<std::unique_ptr<TorchEngineLoader>> Open(
      const TorchEngineOptions& options);
  ~TorchEngineLoader();

  // Loads and checks the checkpoint at `path`, a TorchScript archive or one
  // that is described without code; errors as LoadCheckpoint and
  // Ensemble::Create (hypergan/). The engine must not outlive the loader. From
  // any thread, also while engines are at work.
  absl::StatusOr<std::unique_ptr<Engine>> Load(const std::string& path,
                                               bool is_described) const;

 private:
  struct State;
  explicit TorchEngineLoader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace hypergan::server
