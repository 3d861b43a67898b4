#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/serving/job.h"
#include "server/serving/limits.h"
#include "server/serving/piece_plan.h"

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

// Jobs that wait, the earliest deadline first, then the earliest arrival; light
// ones (PiecePlan::IsLight) apart from heavy ones. Bounded in count, bytes and
// work. Not thread-safe.
class JobQueue {
 public:
  // Of the limits it reads those of the queue, of batches and of pieces.
  explicit JobQueue(const Limits& limits);

  // RESOURCE_EXHAUSTED, without touching the job, if there is no room.
  absl::Status Push(Job&& job, absl::Time now);

  // Removes the jobs of which `is_dead` says so and returns them.
  template <typename Predicate>
  std::vector<QueuedJob> Remove(Predicate is_dead);

  // When the batch that Take(light) would give should begin at the latest:
  // max_batch_delay after its first job came, earlier if a job would have
  // waited for half of its time by then, and at once if that can share with
  // nobody or the batch is full. So it begins before a deadline of any job that
  // waits. Infinitely late without such jobs.
  absl::Time StartOf(bool light) const;

  // From now on max_batch_delay counts as none.
  void SetDelayAside() { delay_ = absl::ZeroDuration(); }

  // Takes the first job of that kind and, in their order, those that can share
  // with it, within the bounds of a batch: max_batch_row_networks for heavy
  // ones, one piece for light ones, max_request_bytes of inputs for both. Empty
  // if there is none.
  std::vector<QueuedJob> Take(bool light);

  // Takes what else a batch of that kind has room for, whose first job is
  // `first` and that is `cost` rows x networks and `values` inputs so far.
  std::vector<QueuedJob> TakeMore(bool light, const Job& first, int64_t cost,
                                  int64_t values);

  int64_t jobs() const {
    return static_cast<int64_t>(jobs_[0].size() + jobs_[1].size());
  }
  int64_t bytes() const { return bytes_; }
  int64_t row_networks() const { return row_networks_; }

 private:
  using Order = std::pair<absl::Time, uint64_t>;  // deadline, arrival
  using Jobs = std::map<Order, QueuedJob>;

  std::vector<Jobs::const_iterator> BatchOf(const Jobs& jobs) const;
  std::vector<Jobs::const_iterator> SharersWith(const Job& first,
                                                Jobs::const_iterator begin,
                                                Jobs::const_iterator end,
                                                int64_t cost,
                                                int64_t values) const;
  bool IsFull(const std::vector<Jobs::const_iterator>& batch) const;
  int64_t BatchBound(const Job& job) const;
  std::vector<QueuedJob> ExtractAll(
      Jobs& jobs, const std::vector<Jobs::const_iterator>& places);
  QueuedJob Extract(Jobs& jobs, Jobs::const_iterator place);

  const Limits limits_;
  const PiecePlan plan_;
  absl::Duration delay_;
  Jobs jobs_[2];  // heavy, light
  uint64_t arrivals_ = 0;
  int64_t bytes_ = 0;
  int64_t row_networks_ = 0;
};

template <typename Predicate>
std::vector<QueuedJob> JobQueue::Remove(Predicate is_dead) {
  std::vector<QueuedJob> removed;
  for (Jobs& jobs : jobs_) {
    for (auto place = jobs.begin(); place != jobs.end();) {
      const auto current = place++;
      if (is_dead(current->second.job)) {
        removed.push_back(Extract(jobs, current));
      }
    }
  }
  return removed;
}

}  // namespace hypergan::server
