#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/serving/admission/limits.h"
#include "server/serving/scheduling/job.h"
#include "server/serving/scheduling/piece_plan.h"

namespace hypergan::server {

// What jobs take up of a queue, in the three measures that are bounded.
struct QueueLevel {
  int64_t requests = 0;
  int64_t bytes = 0;
  int64_t row_networks = 0;  // rows x networks
};

// Keeps count of what waits in a queue and says whether another job fits.
//
// Nobody can keep all others out:
//   - A job is small if it is light (PiecePlan::IsLight) and holds no more
//     bytes than an even share, max_queued_bytes / max_queued_requests. All
//     large jobs together may take up three quarters of each bound, so that a
//     quarter is left for small ones. A job that is larger than those three
//     quarters fits while no other large one waits.
//   - A client may take up max_client_share of what the other clients leave of
//     each bound. One alone leaves room for a second one, both for a third.
//     Jobs without a client's name, and the only one of a client, are exempt.
//
// Not thread-safe. Only Add allocates; it changes nothing if that throws.
class QueueRoom {
 public:
  // Of the limits it reads those of the queue and of pieces.
  explicit QueueRoom(const Limits& limits);

  struct Shortage {
    std::string reason;  // which bound, with figures
    // The work that must leave the queue first, about; none: the job would not
    // fit into an empty one either.
    std::optional<double> row_networks;
  };
  // Nothing if there is room for the job.
  std::optional<Shortage> ShortageFor(const Job& job) const;

  void Add(const Job& job);
  void Remove(const Job& job);  // that was added

  // Of all jobs.
  QueueLevel level() const;

 private:
  struct Measure;
  struct Bound;

  // What jobs of both kinds take up.
  struct Held {
    QueueLevel large;
    QueueLevel small;
  };

  bool IsSmall(const Job& job) const;
  std::vector<Bound> BoundsOn(const Measure& measure, const Job& job) const;
  Bound BoundOfAll(const Measure& measure, bool small) const;
  Bound BoundOfLarge(const Measure& measure) const;
  Bound BoundOfClient(const Measure& measure, bool small,
                      const QueueLevel& own) const;
  Shortage ShortageOf(const Measure& measure, const Bound& bound,
                      int64_t more) const;

  const Limits limits_;
  const PiecePlan plan_;
  Held held_;
  std::map<std::string, Held> clients_;  // that have jobs here
};

}  // namespace hypergan::server
