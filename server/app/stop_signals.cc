#include "server/app/stop_signals.h"

#include <ctime>

namespace hypergan::server {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A client that hangs up must not end the server.
  std::signal(SIGPIPE, SIG_IGN);
}

bool StopSignals::Arrived() {
  const timespec at_once{};
  if (!arrived_) arrived_ = sigtimedwait(&signals_, nullptr, &at_once) > 0;
  return arrived_;
}

void StopSignals::Wait() {
  // EINTR, as from a debugger, is no signal of ours.
  while (!arrived_) arrived_ = sigwaitinfo(&signals_, nullptr) > 0;
}

void StopSignals::Release() {
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

}  // namespace hypergan::server
