#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hypergan::server {

// The time that durations and deadlines are measured by, so that tests need not
// wait for it. It never goes back, and need not be the time of day: compare
// only what comes from the same clock. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// Shows the time of day at its making, and goes on steadily from there: a step
// of the machine's clock neither ends what waits nor makes a duration negative.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override {
    return start_ +
           absl::FromChrono(std::chrono::steady_clock::now() - steady_start_);
  }

 private:
  const absl::Time start_ = absl::Now();
  const std::chrono::steady_clock::time_point steady_start_ =
      std::chrono::steady_clock::now();
};

}  // namespace hypergan::server
