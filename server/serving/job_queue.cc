#include "server/serving/job_queue.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

absl::Status Full(int64_t waiting) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the queue is full: ", waiting,
                   " requests are waiting, try again later"));
}

bool CanShareAtAll(const Job& job) {
  return !job.target.has_value() && job.progress == nullptr;
}

}  // namespace

bool CanShare(const Job& a, const Job& b) {
  return CanShareAtAll(a) && CanShareAtAll(b) && a.engine == b.engine &&
         a.num_networks == b.num_networks && a.seed == b.seed &&
         a.network_outputs == b.network_outputs &&
         a.allow_partial == b.allow_partial;
}

JobQueue::JobQueue(const Limits& limits)
    : limits_(limits), plan_(limits), delay_(limits.max_batch_delay) {}

absl::Status JobQueue::Push(Job&& job, absl::Time now) {
  // The work of one request is bounded by itself, so that an empty queue has
  // room for any.
  const bool has_room = jobs() < limits_.max_queued_requests &&
                        bytes_ + job.bytes <= limits_.max_queued_bytes &&
                        (jobs() == 0 || row_networks_ + job.cost() <=
                                            limits_.max_queued_row_networks);
  if (!has_room) return Full(jobs());
  bytes_ += job.bytes;
  row_networks_ += job.cost();
  const Order order{job.deadline, arrivals_++};
  Jobs& jobs = jobs_[plan_.IsLight(job)];
  jobs.emplace(order, QueuedJob{std::move(job), now});
  return absl::OkStatus();
}

absl::Time JobQueue::StartOf(bool light) const {
  const Jobs& jobs = jobs_[light];
  if (jobs.empty()) return absl::InfiniteFuture();
  const auto batch = BatchOf(jobs);
  const Job& first = jobs.begin()->second.job;
  if (!CanShareAtAll(first) || IsFull(batch)) return absl::InfinitePast();
  // The first by deadline need not be the one that has waited longest.
  absl::Time start = absl::InfiniteFuture();
  for (const auto& place : batch) {
    const QueuedJob& queued = place->second;
    const absl::Duration time = queued.job.deadline - queued.since;
    start = std::min(start, queued.since + std::min(delay_, time / 2));
  }
  return start;
}

std::vector<QueuedJob> JobQueue::Take(bool light) {
  Jobs& jobs = jobs_[light];
  if (jobs.empty()) return {};
  return ExtractAll(jobs, BatchOf(jobs));
}

std::vector<QueuedJob> JobQueue::TakeMore(bool light, const Job& first,
                                          int64_t cost, int64_t values) {
  Jobs& jobs = jobs_[light];
  return ExtractAll(jobs,
                    SharersWith(first, jobs.begin(), jobs.end(), cost, values));
}

std::vector<QueuedJob> JobQueue::ExtractAll(
    Jobs& jobs, const std::vector<Jobs::const_iterator>& places) {
  std::vector<QueuedJob> extracted;
  extracted.reserve(places.size());
  for (const auto& place : places) extracted.push_back(Extract(jobs, place));
  return extracted;
}

// Where the members of the first batch are; `jobs` must have one.
std::vector<JobQueue::Jobs::const_iterator> JobQueue::BatchOf(
    const Jobs& jobs) const {
  const Job& first = jobs.begin()->second.job;
  auto batch =
      SharersWith(first, std::next(jobs.begin()), jobs.end(), first.cost(),
                  static_cast<int64_t>(first.inputs.size()));
  batch.insert(batch.begin(), jobs.begin());
  return batch;
}

// Where those are that can share with `first`, as long as there is room.
std::vector<JobQueue::Jobs::const_iterator> JobQueue::SharersWith(
    const Job& first, Jobs::const_iterator begin, Jobs::const_iterator end,
    int64_t cost, int64_t values) const {
  std::vector<Jobs::const_iterator> sharers;
  if (!CanShareAtAll(first)) return sharers;
  const int64_t bound = BatchBound(first);
  const int64_t max_values = limits_.max_request_bytes / 4;
  for (auto place = begin; place != end && cost < bound; ++place) {
    const Job& job = place->second.job;
    const auto more_values = static_cast<int64_t>(job.inputs.size());
    const bool fits =
        cost + job.cost() <= bound && values + more_values <= max_values;
    if (!fits || !CanShare(first, job)) continue;
    cost += job.cost();
    values += more_values;
    sharers.push_back(place);
  }
  return sharers;
}

// Has the batch no room for one more row?
bool JobQueue::IsFull(const std::vector<Jobs::const_iterator>& batch) const {
  const Job& first = batch.front()->second.job;
  int64_t cost = first.num_networks;
  for (const auto& place : batch) cost += place->second.job.cost();
  return cost > BatchBound(first);
}

int64_t JobQueue::BatchBound(const Job& job) const {
  return plan_.IsLight(job) ? limits_.max_piece_row_networks
                            : limits_.max_batch_row_networks;
}

QueuedJob JobQueue::Extract(Jobs& jobs, Jobs::const_iterator place) {
  QueuedJob queued = std::move(jobs.extract(place).mapped());
  bytes_ -= queued.job.bytes;
  row_networks_ -= queued.job.cost();
  return queued;
}

}  // namespace hypergan::server
