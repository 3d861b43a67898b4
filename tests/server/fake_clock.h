#pragma once

#include <atomic>
#include <cstdint>

#include "server/serving/clock.h"

namespace hypergan::server {

// A clock that stands until it is told to move.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    return start_ + absl::Nanoseconds(passed_.load());
  }
  void Advance(absl::Duration time) {
    passed_ += absl::ToInt64Nanoseconds(time);
  }

 private:
  const absl::Time start_ = absl::Now();
  std::atomic<int64_t> passed_ = 0;
};

}  // namespace hypergan::server
