#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hypergan::server {

// The time of day, so that tests need not wait for it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace hypergan::server
