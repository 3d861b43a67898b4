#include "trainer/app/stop_signals.h"

#include <csignal>

namespace hypergan::trainer {
namespace {

std::atomic<bool> stop_requested{false};

void RequestStop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& StopRequested() {
  std::signal(SIGINT, RequestStop);
  std::signal(SIGTERM, RequestStop);
  return stop_requested;
}

}  // namespace hypergan::trainer
