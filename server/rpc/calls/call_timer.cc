#include "server/rpc/calls/call_timer.h"

namespace hypergan::server {

CallTimer::CallTimer(OpenCalls& calls)
    : calls_(calls), thread_([this] { Run(); }) {}

CallTimer::~CallTimer() {
  calls_.Stop();
  thread_.join();
}

void CallTimer::Run() {
  while (calls_.WaitUntilSomeWait() && calls_.Sleep(OpenCalls::kPatience)) {
    calls_.EndOverdue();
  }
}

}  // namespace hypergan::server
