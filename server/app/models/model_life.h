#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/options.h"
#include "server/serving/log.h"
#include "server/serving/models/model_keeper.h"
#include "server/serving/models/model_loading.h"
#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// The keeper of the models that the options name, and the thread that has it
// look again: every poll_interval with --model_control=poll, and on demand.
class ModelLife {
 public:
  // Borrows everything.
  ModelLife(const Options& options, Scheduler& scheduler, CurrentModels& models,
            Metrics& metrics, const Log& log);
  // Stops, and waits for what is being loaded.
  ~ModelLife();
  ModelLife(const ModelLife&) = delete;
  ModelLife& operator=(const ModelLife&) = delete;

  // As ModelKeeper::Start; from then on the thread looks. `loader` must outlive
  // this. Once.
  absl::StatusOr<int64_t> Start(const EngineLoader& loader,
                                const Interrupt& interrupt);

  // Looks at once, also at what failed before. From any thread, at any time.
  void LookNow();
  // From now on nothing is loaded; what is being loaded is given up.
  void Stop();

 private:
  ModelKeeper::Parts Parts();
  absl::StatusOr<std::vector<ModelFile>> Find();
  void Run();

  const Options& options_;
  Scheduler& scheduler_;
  const Log& log_;
  ModelKeeper keeper_;
  const EngineLoader* loader_ = nullptr;
  std::vector<std::string> last_lines_;  // of the latest look's scan
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  // guards what follows, and the changes of stopping_
  std::condition_variable changed_;
  bool demanded_ = false;
  std::thread thread_;
};

}  // namespace hypergan::server
