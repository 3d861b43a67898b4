#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/engine.h"
#include "server/serving/clock.h"
#include "server/serving/limits.h"

namespace hypergan::server {

// A piece of work that waits for the worker. Of an accepted job exactly one of
// `run` and `drop` is called, once; neither may throw.
struct Job {
  int64_t bytes = 0;  // what it holds while it waits
  absl::Time deadline = absl::InfiniteFuture();
  // Has its client gone? Thread-safe, asked until `run` or `drop` has returned.
  std::function<bool()> cancelled = [] { return false; };
  // Does the work on the worker's thread, asking `interrupt` between its
  // pieces: DEADLINE_EXCEEDED, CANCELLED, or UNAVAILABLE once CancelAll was
  // called.
  std::function<void(const Interrupt& interrupt, absl::Duration queued)> run;
  // Called instead of `run`, from the worker or within a Submit, when the job
  // died waiting, with what `interrupt` would have said.
  std::function<void(absl::Status why)> drop;
};

// One worker thread behind a bounded first-in-first-out queue. Thread-safe.
//
// std::mutex, not absl::Mutex, here and in all of the server: the thread
// sanitizer sees into the former without a sanitized Abseil.
class Executor {
 public:
  // Told the number and the bytes of the waiting jobs at each change; must not
  // block or call back.
  using QueueObserver = std::function<void(int64_t jobs, int64_t bytes)>;

  // Borrows `clock`. Of the limits it reads those of the queue.
  Executor(const Limits& limits, const Clock& clock, QueueObserver observer);
  // Cancels what is left and waits for it.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Takes the job, or says at once why not, never calling its functions then:
  //   RESOURCE_EXHAUSTED  the queue is full, in count or in bytes
  //   UNAVAILABLE         after StopAccepting
  absl::Status Submit(Job job);

  // Shutting down, in this order: no new jobs; wait, a day at most, for the
  // accepted ones (true when none is left); end those that have not finished.
  void StopAccepting();
  bool WaitUntilIdle(absl::Duration timeout);
  void CancelAll();

 private:
  struct Waiting {
    Job job;
    absl::Time since;
  };

  struct Dead {
    Job job;
    absl::Status why;
  };

  void Work();
  std::optional<Waiting> Take();
  void Execute(Waiting& waiting);
  Interrupt InterruptOf(const Job& job) const;
  bool HasRoomLocked(const Job& job) const;
  std::vector<Dead> RemoveDeadLocked();
  void QueueChangedLocked() const;

  const int64_t max_jobs_;
  const int64_t max_bytes_;
  const Clock& clock_;
  const QueueObserver observer_;
  std::atomic<bool> cancel_all_ = false;

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_came_;
  std::condition_variable became_idle_;
  std::deque<Waiting> queue_;
  int64_t queued_bytes_ = 0;
  bool accepting_ = true;
  bool busy_ = false;
  bool stopping_ = false;

  std::thread worker_;  // last: it uses all of the above
};

}  // namespace hypergan::server
