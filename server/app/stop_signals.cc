#include "server/app/stop_signals.h"

#include <unistd.h>

#include <ctime>

namespace hypergan::server {
namespace {

// Not left to the signal itself: the kernel spares the first process of a
// container from it.
void EndAtOnce(int signal) { _exit(128 + signal); }

}  // namespace

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

void StopSignals::Raise() { kill(getpid(), SIGTERM); }

void StopSignals::Release() {
  std::signal(SIGTERM, EndAtOnce);
  std::signal(SIGINT, EndAtOnce);
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

}  // namespace hypergan::server
