#pragma once

#include <thread>

#include "server/rpc/calls/open_calls.h"

namespace hypergan::server {

// The thread that ends calls whose time is over.
class CallTimer {
 public:
  // Borrows them.
  explicit CallTimer(OpenCalls& calls);
  ~CallTimer();
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;

 private:
  void Run();

  OpenCalls& calls_;
  std::thread thread_;
};

}  // namespace hypergan::server
