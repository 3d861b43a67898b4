#include "server/rpc/call_timer.h"

#include "server/serving/exception_guard.h"

namespace hypergan::server {

CallTimer::CallTimer(OpenCalls& calls)
    : calls_(calls), thread_([this] { Run(); }) {}

CallTimer::~CallTimer() {
  calls_.Stop();
  thread_.join();
}

void CallTimer::Run() {
  while (calls_.WaitUntilSomeWait() && calls_.Sleep(OpenCalls::kPatience)) {
    // What could not be ended for want of memory is the next round's.
    (void)GuardExceptions([this] {
      calls_.EndOverdue();
      return absl::OkStatus();
    });
  }
}

}  // namespace hypergan::server
