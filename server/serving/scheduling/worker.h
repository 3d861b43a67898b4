#pragma once

#include <thread>

#include "server/serving/scheduling/scheduler.h"

namespace hypergan::server {

// The thread that runs a scheduler's pieces.
class Worker {
 public:
  // Borrows it.
  explicit Worker(Scheduler& scheduler);
  // Cancels what is left and waits for it.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  void Work();

  Scheduler& scheduler_;
  std::thread thread_;
};

}  // namespace hypergan::server
