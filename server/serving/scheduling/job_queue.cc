#include "server/serving/scheduling/job_queue.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "server/serving/admission/refusal.h"
#include "server/serving/admission/retry_hint.h"

namespace hypergan::server {
namespace {

absl::Status Full(const QueueRoom::Shortage& shortage, const WorkPace& pace) {
  absl::Status full = Refuse(Refusal::kQueueFull,
                             absl::ResourceExhaustedError(shortage.reason));
  if (!shortage.row_networks) return full;
  return WithRetryHint(std::move(full), pace.TimeFor(*shortage.row_networks));
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
    : limits_(limits),
      plan_(limits),
      delay_(limits.max_batch_delay),
      room_(limits) {}

absl::Status JobQueue::Push(Job&& job, absl::Time now, const WorkPace& pace) {
  if (const auto shortage = room_.ShortageFor(job)) {
    return Full(*shortage, pace);
  }
  const bool light = plan_.IsLight(job);
  QueuedJob queued{std::move(job), now};
  room_.Add(queued.job);
  absl::Cleanup undo = [&] { room_.Remove(queued.job); };
  const Order order{queued.job.deadline, arrivals_++};
  jobs_[light].emplace(order, std::move(queued));
  std::move(undo).Cancel();
  return absl::OkStatus();
}

std::vector<JobQueue::Removed> JobQueue::Remove(
    const std::function<absl::Status(const Job&)>& verdict) {
  std::vector<std::pair<Place, absl::Status>> dead[2];
  for (const bool light : {false, true}) {
    const Jobs& jobs = jobs_[light];
    for (auto place = jobs.begin(); place != jobs.end(); ++place) {
      absl::Status why = verdict(place->second.job);
      if (!why.ok()) dead[light].emplace_back(place, std::move(why));
    }
  }
  std::vector<Removed> removed;
  removed.reserve(dead[0].size() +
                  dead[1].size());  // what follows cannot throw
  for (const bool light : {false, true}) {
    for (auto& [place, why] : dead[light]) {
      removed.push_back({Extract(light, place), std::move(why)});
    }
  }
  return removed;
}

absl::Time JobQueue::StartOf(bool light) const {
  if (jobs_[light].empty()) return absl::InfiniteFuture();
  const auto batch = BatchOf(light);
  const Job& first = batch.front()->second.job;
  if (!CanShareAtAll(first) || IsFull(batch)) return absl::InfinitePast();
  // The first need not be the one that has waited longest.
  absl::Time start = absl::InfiniteFuture();
  for (const Place& place : batch) {
    const QueuedJob& queued = place->second;
    const absl::Duration time = queued.job.deadline - queued.since;
    start = std::min(start, queued.since + std::min(delay_, time / 2));
  }
  return start;
}

std::vector<QueuedJob> JobQueue::Take(bool light) {
  if (jobs_[light].empty()) return {};
  const auto batch = BatchOf(light);
  turns_[light].Begin(batch.front()->second.job.client);
  return ExtractAll(light, batch);
}

std::vector<QueuedJob> JobQueue::TakeMore(bool light, const Job& first,
                                          int64_t cost, int64_t values) {
  return ExtractAll(light, SharersWith(first, light, cost, values));
}

std::vector<QueuedJob> JobQueue::ExtractAll(bool light,
                                            const std::vector<Place>& places) {
  std::vector<QueuedJob> extracted;
  extracted.reserve(places.size());
  for (const Place& place : places) {
    const Job& job = place->second.job;
    turns_[light].Give(job.client, job.cost());
  }
  for (const Place& place : places) extracted.push_back(Extract(light, place));
  return extracted;
}

// The job whose turn it is; there must be one.
JobQueue::Place JobQueue::FirstOf(bool light) const {
  const Jobs& jobs = jobs_[light];
  // The first of equals, which is the one with the earliest deadline.
  return std::min_element(jobs.begin(), jobs.end(),
                          [&](const auto& a, const auto& b) {
                            return turns_[light].Of(a.second.job.client) <
                                   turns_[light].Of(b.second.job.client);
                          });
}

// Where the members of the first batch are; there must be a job.
std::vector<JobQueue::Place> JobQueue::BatchOf(bool light) const {
  const Place place = FirstOf(light);
  const Job& first = place->second.job;
  auto batch = SharersWith(first, light, first.cost(),
                           static_cast<int64_t>(first.inputs.size()));
  batch.insert(batch.begin(), place);
  return batch;
}

// Where those other jobs are that can share with `first`, as long as there is
// room.
std::vector<JobQueue::Place> JobQueue::SharersWith(const Job& first, bool light,
                                                   int64_t cost,
                                                   int64_t values) const {
  std::vector<Place> sharers;
  if (!CanShareAtAll(first)) return sharers;
  const int64_t bound = BatchBound(first);
  const int64_t max_values = limits_.max_request_bytes / 4;
  const Jobs& jobs = jobs_[light];
  for (auto place = jobs.begin(); place != jobs.end() && cost < bound;
       ++place) {
    const Job& job = place->second.job;
    if (&job == &first) continue;
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
bool JobQueue::IsFull(const std::vector<Place>& batch) const {
  const Job& first = batch.front()->second.job;
  int64_t cost = first.num_networks;
  for (const Place& place : batch) cost += place->second.job.cost();
  return cost > BatchBound(first);
}

int64_t JobQueue::BatchBound(const Job& job) const {
  return plan_.IsLight(job) ? limits_.max_piece_row_networks
                            : limits_.max_batch_row_networks;
}

QueuedJob JobQueue::Extract(bool light, Place place) {
  QueuedJob queued = std::move(jobs_[light].extract(place).mapped());
  room_.Remove(queued.job);
  return queued;
}

}  // namespace hypergan::server
