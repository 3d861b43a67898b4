#include "server/serving/executor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hypergan::server {

Executor::Executor(const Limits& limits, const Clock& clock,
                   QueueObserver observer)
    : max_jobs_(limits.max_queued_requests),
      max_bytes_(limits.max_queued_bytes),
      clock_(clock),
      observer_(std::move(observer)),
      worker_([this] { Work(); }) {}

Executor::~Executor() {
  StopAccepting();
  CancelAll();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_came_.notify_one();
  worker_.join();
}

absl::Status Executor::Submit(Job job) {
  std::vector<Dead> dead;
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (accepting_ && !HasRoomLocked(job)) dead = RemoveDeadLocked();
    if (!accepting_) {
      status = absl::UnavailableError("the server is shutting down");
    } else if (!HasRoomLocked(job)) {
      status = absl::ResourceExhaustedError(
          absl::StrCat("the queue is full: ", queue_.size(),
                       " requests are waiting, try again later"));
    } else {
      queued_bytes_ += job.bytes;
      queue_.push_back({std::move(job), clock_.Now()});
    }
    QueueChangedLocked();
  }
  work_came_.notify_one();
  for (Dead& each : dead) each.job.drop(std::move(each.why));
  return status;
}

void Executor::StopAccepting() {
  const std::lock_guard lock(mutex_);
  accepting_ = false;
}

bool Executor::WaitUntilIdle(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return queue_.empty() && !busy_; };
  const auto bounded = std::min(timeout, absl::Hours(24));
  return became_idle_.wait_for(lock, absl::ToChronoMilliseconds(bounded), idle);
}

void Executor::CancelAll() { cancel_all_ = true; }

void Executor::Work() {
  while (auto waiting = Take()) {
    Execute(*waiting);
    const std::lock_guard lock(mutex_);
    busy_ = false;
    if (queue_.empty()) became_idle_.notify_all();
  }
}

// None when there is nothing left to do and never will be.
std::optional<Executor::Waiting> Executor::Take() {
  std::unique_lock lock(mutex_);
  work_came_.wait(lock, [this] { return !queue_.empty() || stopping_; });
  if (queue_.empty()) return std::nullopt;
  Waiting waiting = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= waiting.job.bytes;
  busy_ = true;
  QueueChangedLocked();
  return waiting;
}

void Executor::Execute(Waiting& waiting) {
  const Interrupt interrupt = InterruptOf(waiting.job);
  if (absl::Status why = interrupt(); !why.ok()) {
    waiting.job.drop(std::move(why));
  } else {
    waiting.job.run(interrupt, clock_.Now() - waiting.since);
  }
}

Interrupt Executor::InterruptOf(const Job& job) const {
  return [this, &job]() -> absl::Status {
    if (cancel_all_) {
      return absl::UnavailableError("the server is shutting down");
    }
    // The deadline first: gRPC also cancels a call whose deadline has passed.
    if (clock_.Now() >= job.deadline) {
      return absl::DeadlineExceededError(
          "the deadline passed before the prediction was done");
    }
    if (job.cancelled()) {
      return absl::CancelledError("the client cancelled the request");
    }
    return absl::OkStatus();
  };
}

bool Executor::HasRoomLocked(const Job& job) const {
  return static_cast<int64_t>(queue_.size()) < max_jobs_ &&
         queued_bytes_ + job.bytes <= max_bytes_;
}

// Makes room: those who no longer wait for an answer must not keep others out.
std::vector<Executor::Dead> Executor::RemoveDeadLocked() {
  std::vector<Dead> dead;
  std::deque<Waiting> alive;
  for (Waiting& waiting : queue_) {
    absl::Status why = InterruptOf(waiting.job)();
    if (why.ok()) {
      alive.push_back(std::move(waiting));
    } else {
      queued_bytes_ -= waiting.job.bytes;
      dead.push_back({std::move(waiting.job), std::move(why)});
    }
  }
  queue_ = std::move(alive);
  return dead;
}

void Executor::QueueChangedLocked() const {
  observer_(static_cast<int64_t>(queue_.size()), queued_bytes_);
}

}  // namespace hypergan::server
