#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/load/clock.h"
#include "client/load/recorder.h"
#include "client/load/schedule.h"
#include "client/load/target.h"

namespace hypergan::load {

inline constexpr int64_t kMaxInFlight = 10'000;
inline constexpr absl::Duration kMaxDuration = absl::Hours(24);

struct LoadOptions {
  // Closed loop: so many requests at a time, the next when one has ended.
  int64_t concurrency = 1;
  // Open loop, if set: so many requests a second on average, whatever becomes
  // of them, but never more than max_in_flight at a time.
  std::optional<double> rate = {};
  int64_t max_in_flight = 1000;
  uint64_t schedule_seed = 1;

  absl::Duration warm_up = absl::Seconds(2);  // sent, not measured
  // What is measured after that, whichever ends first.
  absl::Duration duration = absl::Seconds(10);
  int64_t requests = kMaxRequests;
};

// INVALID_ARGUMENT for what is out of bounds, or for an open loop of more than
// kMaxRequests arrivals.
absl::Status CheckOptions(const LoadOptions& options);

// How far a run is.
struct Moment {
  absl::Duration elapsed;  // the warm-up included
  int64_t sent = 0;
  int64_t in_flight = 0;
};

// Puts a load on a target, from the thread that calls Run: prepares and sends
// requests, and evaluates answers, one ahead and one behind of what is timed. A
// request's clock starts just before it is handed over (closed loop) or at its
// intended time (open loop: waiting for room, or for this thread, counts), and
// stops in the thread that brings the answer.
class Driver {
 public:
  // All borrowed. `options` have passed CheckOptions. Once `interrupted` is
  // set, nothing more is sent and what is in flight is cancelled. `on_tick` is
  // called about ten times a second.
  Driver(const LoadOptions& options, Target& target, Clock& clock,
         const std::atomic<bool>& interrupted,
         std::function<void(const Moment&)> on_tick);

  // Once. Returns when every request has ended.
  Recording Run();

 private:
  struct Flight {
    std::unique_ptr<Call> call;
    absl::Duration intended;
  };
  struct Ending {
    int64_t index;
    absl::Duration stop;
  };

  absl::Duration Now() const { return clock_.Now() - start_; }
  int64_t Outstanding() const { return static_cast<int64_t>(flights_.size()); }
  bool MaySend() const;
  void SendDue();
  void SendClosed();
  void SendOpen();
  void Send(absl::Duration intended);
  void PrepareNext();
  void Interrupt();
  // Takes the requests that have ended out of the flights.
  std::vector<std::pair<Flight, absl::Duration>> TakeEnded();
  void CheckReply(Flight& flight, absl::Duration stop);
  void Wait();

  const LoadOptions options_;
  Target& target_;
  Clock& clock_;
  const std::atomic<bool>& interrupted_;
  const std::function<void(const Moment&)> on_tick_;

  // Times below are counted from start_.
  absl::Duration start_;
  absl::Duration window_end_;
  absl::Duration next_arrival_;
  absl::Duration next_tick_;
  absl::Duration last_stop_;
  PoissonSchedule schedule_;
  Recorder recorder_;

  std::unordered_map<int64_t, Flight> flights_;  // by index
  std::unique_ptr<Call> next_call_;              // prepared ahead
  int64_t sent_ = 0;
  int64_t measured_ = 0;  // sent after the warm-up
  bool stopped_ = false;  // nothing more is sent

  std::mutex mutex_;
  std::vector<Ending> ended_;  // under mutex_
};

}  // namespace hypergan::load
