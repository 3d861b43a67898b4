#include "client/load/recorder.h"

#include <algorithm>
#include <utility>

namespace hypergan::load {
namespace {

float Seconds(absl::Duration duration) {
  return static_cast<float>(absl::ToDoubleSeconds(duration));
}

}  // namespace

void Recorder::Sent(absl::Duration intended, absl::Duration sent) {
  if (InWindow(intended) && sent - intended > kLate) ++recording_.late;
}

void Recorder::NotStarted(absl::Duration intended) {
  if (InWindow(intended)) ++recording_.not_started;
}

void Recorder::Ended(absl::Duration intended, absl::Duration stop,
                     const Reply& reply) {
  const bool measured = InWindow(intended);
  if (!reply.status.ok()) {
    if (!measured) return;
    ErrorCount& error = recording_.errors[reply.status.code()];
    if (error.count++ == 0) error.first = std::string(reply.status.message());
    return;
  }
  recording_.networks = reply.networks;
  if (InWindow(stop)) {
    ++recording_.completed_requests;
    recording_.completed_rows += reply.rows;
    recording_.completed_evaluations += reply.rows * reply.networks;
  }
  if (!measured) return;
  recording_.latencies.push_back(absl::ToDoubleSeconds(stop - intended));
  recording_.queue.push_back(Seconds(reply.queue));
  recording_.sampling.push_back(Seconds(reply.sampling));
  recording_.prediction.push_back(Seconds(reply.prediction));
}

void Recorder::Unfinished(absl::Duration intended) {
  if (InWindow(intended)) ++recording_.unfinished;
}

void Recorder::Close(absl::Duration end, bool interrupted) {
  end_ = std::min(end_, std::max(end, start_));
  recording_.interrupted = interrupted;
}

Recording Recorder::Finish() && {
  recording_.window = absl::ToDoubleSeconds(end_ - start_);
  return std::move(recording_);
}

}  // namespace hypergan::load
