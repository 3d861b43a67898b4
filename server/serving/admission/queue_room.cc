#include "server/serving/admission/queue_room.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace hypergan::server {
namespace {

QueueLevel LevelOf(const Job& job) { return {1, job.bytes, job.cost()}; }

QueueLevel Sum(const QueueLevel& a, const QueueLevel& b) {
  return {a.requests + b.requests, a.bytes + b.bytes,
          a.row_networks + b.row_networks};
}

QueueLevel Difference(const QueueLevel& a, const QueueLevel& b) {
  return {a.requests - b.requests, a.bytes - b.bytes,
          a.row_networks - b.row_networks};
}

}  // namespace

// One of the three measures, as it is bounded and spoken of.
struct QueueRoom::Measure {
  int64_t QueueLevel::*of;
  const char* unit;
  const char* flag;
  int64_t limit;

  // What large jobs may take up together: all but a quarter.
  int64_t large_part() const {
    return std::max<int64_t>(1, limit - (limit + 3) / 4);
  }
};

// What some jobs may take up in one measure, and do.
struct QueueRoom::Bound {
  const char* whose;  // after "full"
  const char* share;  // before the flag
  int64_t most;
  int64_t used;
  QueueLevel level;  // of those jobs
};

QueueRoom::QueueRoom(const Limits& limits) : limits_(limits), plan_(limits) {}

std::optional<QueueRoom::Shortage> QueueRoom::ShortageFor(
    const Job& job) const {
  const Measure measures[] = {
      {&QueueLevel::requests, "requests", "max_queued_requests",
       limits_.max_queued_requests},
      {&QueueLevel::bytes, "bytes", "max_queued_bytes",
       limits_.max_queued_bytes},
      {&QueueLevel::row_networks, "rows x networks", "max_queued_row_networks",
       limits_.max_queued_row_networks}};
  for (const Measure& measure : measures) {
    const int64_t more = LevelOf(job).*measure.of;
    for (const Bound& bound : BoundsOn(measure, job)) {
      if (bound.used + more > bound.most) {
        return ShortageOf(measure, bound, more);
      }
    }
  }
  return std::nullopt;
}

std::vector<QueueRoom::Bound> QueueRoom::BoundsOn(const Measure& measure,
                                                  const Job& job) const {
  const bool small = IsSmall(job);
  const bool only_large = !small && held_.large.requests == 0;
  std::vector<Bound> bounds;
  // The work of a request is bounded by itself, its memory is not.
  if (!only_large || measure.of != &QueueLevel::row_networks) {
    bounds.push_back(BoundOfAll(measure, small));
  }
  if (!small && !only_large) bounds.push_back(BoundOfLarge(measure));
  const auto client = clients_.find(job.client);
  if (client == clients_.end()) return bounds;
  const QueueLevel& own = small ? client->second.small : client->second.large;
  if (own.requests > 0) bounds.push_back(BoundOfClient(measure, small, own));
  return bounds;
}

QueueRoom::Bound QueueRoom::BoundOfAll(const Measure& measure,
                                       bool small) const {
  Bound bound{"", "", measure.limit, level().*measure.of, level()};
  // Small ones find their room, however large the only large one is.
  if (small) {
    bound.used = held_.small.*measure.of +
                 std::min(held_.large.*measure.of, measure.large_part());
  }
  return bound;
}

QueueRoom::Bound QueueRoom::BoundOfLarge(const Measure& measure) const {
  return {" for large requests", "three quarters of ", measure.large_part(),
          held_.large.*measure.of, held_.large};
}

QueueRoom::Bound QueueRoom::BoundOfClient(const Measure& measure, bool small,
                                          const QueueLevel& own) const {
  const int64_t part = measure.large_part();
  const int64_t room =
      small ? measure.limit - std::min(held_.large.*measure.of, part)
            : std::min(part, measure.limit - held_.small.*measure.of);
  const QueueLevel& all = small ? held_.small : held_.large;
  const int64_t left = room - Difference(all, own).*measure.of;
  const double most = limits_.max_client_share * static_cast<double>(left);
  return {" for this client",
          "--max_client_share of what other clients leave of ",
          static_cast<int64_t>(most), own.*measure.of, own};
}

QueueRoom::Shortage QueueRoom::ShortageOf(const Measure& measure,
                                          const Bound& bound,
                                          int64_t more) const {
  Shortage shortage;
  shortage.reason = absl::StrCat(
      "the queue is full", bound.whose, ": expected at most ", bound.most, " ",
      measure.unit, " (", bound.share, "--", measure.flag, "=", measure.limit,
      "), got ", more, " beside ", bound.used, " that are waiting");
  const auto excess = static_cast<double>(bound.used + more - bound.most);
  if (excess <= static_cast<double>(bound.used)) {
    shortage.row_networks = excess / static_cast<double>(bound.used) *
                            static_cast<double>(bound.level.row_networks);
  }
  return shortage;
}

void QueueRoom::Add(const Job& job) {
  const bool small = IsSmall(job);
  const auto add = [&](Held& held) {
    QueueLevel& level = small ? held.small : held.large;
    level = Sum(level, LevelOf(job));
  };
  if (!job.client.empty()) add(clients_[job.client]);
  add(held_);
}

void QueueRoom::Remove(const Job& job) {
  const bool small = IsSmall(job);
  const auto remove = [&](Held& held) {
    QueueLevel& level = small ? held.small : held.large;
    level = Difference(level, LevelOf(job));
  };
  remove(held_);
  const auto client = clients_.find(job.client);
  if (client == clients_.end()) return;
  remove(client->second);
  const Held& left = client->second;
  if (left.small.requests + left.large.requests == 0) clients_.erase(client);
}

QueueLevel QueueRoom::level() const { return Sum(held_.large, held_.small); }

bool QueueRoom::IsSmall(const Job& job) const {
  return plan_.IsLight(job) &&
         job.bytes <= limits_.max_queued_bytes / limits_.max_queued_requests;
}

}  // namespace hypergan::server
