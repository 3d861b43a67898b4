#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/serving/clock.h"
#include "server/serving/limits.h"
#include "server/serving/log.h"
#include "server/serving/networks/network_supply.h"
#include "server/serving/scheduling/batch.h"
#include "server/serving/scheduling/duration_estimate.h"
#include "server/serving/scheduling/job.h"
#include "server/serving/scheduling/job_queue.h"
#include "server/serving/scheduling/piece_plan.h"
#include "server/serving/scheduling/work_pace.h"

namespace hypergan::server {

// Decides what the worker does next. Any thread may submit; one, the worker's,
// runs pieces.
//
// The policy:
//   - Jobs that can share networks (CanShare) become one batch when its turn
//     comes: one draw, one forward pass, each gets its own rows back. Those
//     that come during the draw still get in.
//   - A batch is asked in pieces of bounded work (PiecePlan). A job that is no
//     more than one piece is light and shares with light ones only, so that it
//     stays so; others are heavy. One light and one heavy batch at most are on
//     their way at a time.
//   - After each piece light goes before heavy, but after kMaxOvertakes pieces
//     in a row the heavy one, if there is one, gets its turn. So a light job
//     waits for one piece of heavy work at most, and one more for every
//     kMaxOvertakes light ones before it, and heavy work always moves on.
//   - Among light jobs, as among heavy ones, clients take turns, and of a
//     client's the earliest deadline goes first, then the earliest arrival
//     (JobQueue).
//   - A job that takes a partial answer has it before a piece, of its own batch
//     or of another, that would probably not leave it the time.
//   - A job whose client has gone or whose deadline has passed leaves the queue
//     before the next piece, and its batch between two pieces; a batch without
//     jobs ends, within a piece too (Interrupt).
//   - With nothing else to do, weight sets are drawn ahead, a piece at a time.
//   - Some time after the latest batch, in a moment without any, the program is
//     told to rest: to give back what it keeps for the next one.
//
// std::mutex, not absl::Mutex, here and in all of the server: the thread
// sanitizer sees into the former without a sanitized Abseil.
class Scheduler {
 public:
  static constexpr int kMaxOvertakes = 4;
  // It rests once so long after the latest batch, or once so long after the
  // first one since it last did, whichever comes first.
  static constexpr absl::Duration kRestAfter = absl::Seconds(5);
  static constexpr absl::Duration kRestEvery = absl::Minutes(10);

  using QueueObserver = std::function<void(const QueueLevel&)>;
  using LossObserver = std::function<void(const absl::Status& why)>;
  // Each may be null. None may throw.
  struct Observers {
    // Told what waits after each change; must not block or call back.
    QueueObserver queue = nullptr;
    // Told, by the worker, how long it spent on a piece of work, ahead or not.
    std::function<void(absl::Duration)> busy = nullptr;
    // Told, by the worker, that an engine's device is lost to this process;
    // must not block.
    LossObserver loss = nullptr;
    // Called by the worker when it is to rest.
    std::function<void()> rest = nullptr;
  };

  // Borrows all but the limits and the observers.
  Scheduler(const Limits& limits, const Clock& clock, NetworkSupply& supply,
            const Log& log, Observers observers);
  // Nothing may be left in it: StopAccepting, CancelAll, and pieces until none
  // is.
  ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Takes the job, or says at once why not, never calling its functions then:
  //   RESOURCE_EXHAUSTED  the queue is full: in count, in bytes, or in work;
  //                       with a hint when to try again (RetryHint)
  //   UNAVAILABLE         after StopAccepting
  absl::Status Submit(Job job);

  // Shutting down, in this order: no new jobs, so that nobody is waited for to
  // share with any more; wait, a day at most, for the accepted ones (true when
  // none is left); end those that have not finished.
  void StopAccepting();
  bool WaitUntilIdle(absl::Duration timeout);
  void CancelAll();

  // For the worker. Does one piece, of a batch or ahead; false if there was
  // nothing to do. Memory that runs out may make it throw: no job is lost then,
  // and it can be called again.
  bool RunPiece();
  // Returns when RunPiece may have something to do; false after Stop.
  bool WaitForWork();
  void Stop();

 private:
  bool RunBatch();
  void DropTheDead();
  void BeginBatches();
  void Begin(bool light, std::unique_ptr<Batch>& batch);
  std::vector<QueuedJob> TakeWhatIsDue(bool light);
  std::unique_ptr<Batch> MakeBatch(bool light, std::vector<QueuedJob>& jobs);
  void RunPieceOf(bool light, std::unique_ptr<Batch>& batch);
  void Close(std::unique_ptr<Batch>& batch);
  void KeepNetworksOf(const Batch& batch);
  void CheckDeviceAfter(const Batch& batch) const;
  bool DrawAhead();
  void TellBusySince(absl::Time start) const;
  void UpdateIdle();
  void PutOffRest();
  void RestIfDue();
  absl::Status Interrupted() const;
  std::vector<JobQueue::Removed> RemoveDeadLocked();
  static void End(std::vector<JobQueue::Removed>& dead, absl::Time now);
  void TellLevelLocked() const;

  const Limits limits_;
  const PiecePlan plan_;
  const Clock& clock_;
  NetworkSupply& supply_;
  const Log& log_;
  const Observers observers_;
  std::atomic<bool> cancel_all_ = false;

  // The worker's.
  std::unique_ptr<Batch> light_;
  std::unique_ptr<Batch> heavy_;
  int overtakes_ = 0;
  DurationEstimate piece_[2];  // of heavy batches, of light ones
  absl::Time rest_at_ = absl::InfiniteFuture();
  absl::Time rest_by_;  // as long as rest_at_ is finite

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::condition_variable became_idle_;
  JobQueue queue_;
  WorkPace pace_;
  bool accepting_ = true;
  bool busy_ = false;  // a batch is on its way
  bool stopping_ = false;
  uint64_t changes_ = 0;  // of what RunPiece looks at
  uint64_t seen_ = 0;     // of them, by the latest RunPiece
};

}  // namespace hypergan::server
