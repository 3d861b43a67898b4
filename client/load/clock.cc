#include "client/load/clock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace hypergan::load {
namespace {

class SteadyClock final : public Clock {
 public:
  absl::Duration Now() override {
    return absl::FromChrono(
        std::chrono::steady_clock::now().time_since_epoch());
  }

  void WaitUntil(absl::Duration time) override {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, absl::ToChronoNanoseconds(time - Now()),
                    [this] { return wake_; });
    wake_ = false;
  }

  void Wake() override {
    std::lock_guard lock(mutex_);
    wake_ = true;
    woken_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
};

}  // namespace

Clock& Clock::Steady() {
  static SteadyClock* const clock = new SteadyClock;
  return *clock;
}

}  // namespace hypergan::load
