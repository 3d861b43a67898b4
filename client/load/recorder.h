#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/load/target.h"

namespace hypergan::load {

// The most requests of one run: what bounds the memory of its recording, of
// 20 bytes for each.
inline constexpr int64_t kMaxRequests = 10'000'000;

struct ErrorCount {
  int64_t count = 0;
  std::string first;  // what the first of them said
};

// What is known of a run once it is over. Seconds throughout.
struct Recording {
  // Of the requests that began in the window and succeeded, in the order of
  // their ends.
  std::vector<double> latencies;
  std::vector<float> queue, sampling, prediction;  // by the server's clock
  // Of those that began in the window and failed.
  std::map<absl::StatusCode, ErrorCount> errors;
  int64_t unfinished = 0;   // cancelled, because the run was ended early
  int64_t late = 0;         // sent more than kLate after their intended time
  int64_t not_started = 0;  // due in the window and never sent: no room
  // Of the successful requests that ended in the window.
  int64_t completed_requests = 0;
  int64_t completed_rows = 0;
  int64_t completed_evaluations = 0;  // rows times networks
  int64_t networks = 0;               // N of the last answer
  double window = 0;                  // how long it was open
  bool interrupted = false;
};

inline constexpr absl::Duration kLate = absl::Milliseconds(1);

// Sorts what happens into a Recording. The window, on the run's clock, is what
// is measured; what lies before it is the warm-up. For one thread.
class Recorder {
 public:
  Recorder(absl::Duration window_start, absl::Duration window_end)
      : start_(window_start), end_(window_end) {}

  // Request due at `intended` was sent at `sent`.
  void Sent(absl::Duration intended, absl::Duration sent);
  void NotStarted(absl::Duration intended);
  // ... and ended at `stop`.
  void Ended(absl::Duration intended, absl::Duration stop, const Reply& reply);
  void Unfinished(absl::Duration intended);

  // Closes the window earlier than planned, before anything that ends later is
  // told.
  void Close(absl::Duration end, bool interrupted);

  Recording Finish() &&;

 private:
  bool InWindow(absl::Duration time) const {
    return start_ <= time && time <= end_;
  }

  const absl::Duration start_;
  absl::Duration end_;
  Recording recording_;
};

}  // namespace hypergan::load
