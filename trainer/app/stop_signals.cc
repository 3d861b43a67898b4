#include "trainer/app/stop_signals.h"

#include <csignal>

namespace hypergan::trainer {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void RequestStop(int) { stop_requested = true; }

// `flags` are sigaction's, beside the restart of what the signal interrupts.
void Handle(int signal, int flags) {
  struct sigaction action = {};
  action.sa_handler = RequestStop;
  action.sa_flags = SA_RESTART | flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

bool IsIgnored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

}  // namespace

void StopOnSignals() {
  for (const int signal : {SIGINT, SIGTERM}) Handle(signal, SA_RESETHAND);
  for (const int signal : {SIGHUP, SIGXCPU}) {
    if (!IsIgnored(signal)) Handle(signal, 0);
  }
}

const std::atomic<bool>& StopRequested() { return stop_requested; }

}  // namespace hypergan::trainer
