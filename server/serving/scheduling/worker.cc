#include "server/serving/scheduling/worker.h"

#include <chrono>

#include "server/serving/scheduling/exception_guard.h"

namespace hypergan::server {
namespace {

// For memory to come back.
constexpr std::chrono::milliseconds kPause(10);

}  // namespace

Worker::Worker(Scheduler& scheduler)
    : scheduler_(scheduler), thread_([this] { Work(); }) {}

Worker::~Worker() {
  scheduler_.StopAccepting();
  scheduler_.CancelAll();
  scheduler_.Stop();
  thread_.join();
}

void Worker::Work() {
  bool goes_on = true;
  while (goes_on) {
    // The scheduler has lost no job when it throws.
    const absl::Status status = GuardExceptions([&] {
      while (scheduler_.RunPiece()) continue;
      goes_on = scheduler_.WaitForWork();
      return absl::OkStatus();
    });
    if (!status.ok()) std::this_thread::sleep_for(kPause);
  }
}

}  // namespace hypergan::server
