#include "client/clock.h"

#include "absl/time/clock.h"

namespace hypergan::client {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock* const clock = new SystemClock;
  return *clock;
}

}  // namespace hypergan::client
