#include "server/serving/worker.h"

namespace hypergan::server {

Worker::Worker(Scheduler& scheduler)
    : scheduler_(scheduler), thread_([this] { Work(); }) {}

Worker::~Worker() {
  scheduler_.StopAccepting();
  scheduler_.CancelAll();
  scheduler_.Stop();
  thread_.join();
}

void Worker::Work() {
  do {
    while (scheduler_.RunPiece()) continue;
  } while (scheduler_.WaitForWork());
}

}  // namespace hypergan::server
