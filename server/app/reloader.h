#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"
#include "server/serving/log.h"

namespace hypergan::server {

// The thread that has files read again when they change, or at once on demand.
// A change counts once it has lasted from one look to the next, so that files
// that belong together may be replaced one after the other.
class Reloader {
 public:
  static constexpr absl::Duration kPeriod = absl::Seconds(1);

  struct Part {
    std::string name;                      // "tokens", for log and metric
    std::vector<std::string> files;        // that are looked at
    std::function<absl::Status()> reload;  // keeps what it has on an error
  };

  // Borrows the registry.
  Reloader(std::vector<Part> parts, const Log& log,
           prometheus::Registry& registry);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Has all files read, changed or not. From any thread.
  void ReloadNow();

 private:
  struct Watched {
    Part part;
    std::string read;    // the files' state when they were read
    std::string latest;  // at the latest look
    prometheus::Counter* good = nullptr;
    prometheus::Counter* bad = nullptr;
  };

  void Run();
  void Look(Watched& watched, bool demanded) const;

  const Log log_;
  std::vector<Watched> watched_;  // the thread's
  std::mutex mutex_;              // guards what follows
  std::condition_variable changed_;
  bool demanded_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hypergan::server
