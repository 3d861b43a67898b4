#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/serving/admission/client_turns.h"
#include "server/serving/admission/limits.h"
#include "server/serving/admission/queue_room.h"
#include "server/serving/scheduling/job.h"
#include "server/serving/scheduling/piece_plan.h"
#include "server/serving/scheduling/work_pace.h"

namespace hypergan::server {

// A job in the queue, or a member of a batch.
struct QueuedJob {
  Job job;
  absl::Time since;  // it was accepted
};

// May two jobs be asked of the same networks in the same pieces? Of the same
// engine, with the same N and the same seed or both none, and alike in what
// they want of each piece. A job with a target or with a view on the way is
// alone: when it ends is its own affair.
bool CanShare(const Job& a, const Job& b);

// Jobs that wait, light ones (PiecePlan::IsLight) apart from heavy ones. First
// comes the client whose turn it is (ClientTurns), of its jobs the one with the
// earliest deadline, then the earliest arrival. Bounded in count, bytes and
// work (QueueRoom). Not thread-safe. What throws for want of memory has changed
// nothing, but for the job of a Push, which is gone.
class JobQueue {
 public:
  // Of the limits it reads those of the queue, of batches and of pieces.
  explicit JobQueue(const Limits& limits);

  // RESOURCE_EXHAUSTED, without touching the job, if there is no room; with a
  // hint when to try again, at that pace, if there will be.
  absl::Status Push(Job&& job, absl::Time now, const WorkPace& pace = {});

  // A job that is taken out, with the reason.
  struct Removed {
    QueuedJob queued;
    absl::Status why;
  };
  // Removes the jobs of which `verdict` is not OK.
  std::vector<Removed> Remove(
      const std::function<absl::Status(const Job&)>& verdict);

  // When the batch that Take(light) would give should begin at the latest:
  // max_batch_delay after its first job came, earlier if a job would have
  // waited for half of its time by then, and at once if that can share with
  // nobody or the batch is full. So it begins before a deadline of any job that
  // waits. Infinitely late without such jobs.
  absl::Time StartOf(bool light) const;

  // From now on max_batch_delay counts as none.
  void SetDelayAside() { delay_ = absl::ZeroDuration(); }

  // Takes the first job of that kind and, by their deadlines, those that can
  // share with it, within the bounds of a batch: max_batch_row_networks for
  // heavy ones, one piece for light ones, max_request_bytes of inputs for both.
  // Empty if there is none.
  std::vector<QueuedJob> Take(bool light);

  // Takes what else a batch of that kind has room for, whose first job is
  // `first` and that is `cost` rows x networks and `values` inputs so far.
  std::vector<QueuedJob> TakeMore(bool light, const Job& first, int64_t cost,
                                  int64_t values);

  int64_t jobs() const {
    return static_cast<int64_t>(jobs_[0].size() + jobs_[1].size());
  }
  QueueLevel level() const { return room_.level(); }

 private:
  using Order = std::pair<absl::Time, uint64_t>;  // deadline, arrival
  using Jobs = std::map<Order, QueuedJob>;

  using Place = Jobs::const_iterator;

  Place FirstOf(bool light) const;
  std::vector<Place> BatchOf(bool light) const;
  std::vector<Place> SharersWith(const Job& first, bool light, int64_t cost,
                                 int64_t values) const;
  bool IsFull(const std::vector<Place>& batch) const;
  int64_t BatchBound(const Job& job) const;
  std::vector<QueuedJob> ExtractAll(bool light,
                                    const std::vector<Place>& places);
  QueuedJob Extract(bool light, Place place);

  const Limits limits_;
  const PiecePlan plan_;
  absl::Duration delay_;
  QueueRoom room_;
  Jobs jobs_[2];          // heavy, light
  ClientTurns turns_[2];  // the same
  uint64_t arrivals_ = 0;
};

}  // namespace hypergan::server
