#pragma once

#include <vector>

#include "client/clock.h"

namespace hypergan::client {

// Time passes when somebody sleeps, and at once. For one thread.
class FakeClock final : public Clock {
 public:
  absl::Time Now() override { return now_; }
  void Sleep(absl::Duration duration) override {
    now_ += duration;
    sleeps.push_back(duration);
  }
  void Advance(absl::Duration duration) { now_ += duration; }

  std::vector<absl::Duration> sleeps;

 private:
  absl::Time now_ = absl::UnixEpoch() + absl::Hours(1);
};

}  // namespace hypergan::client
