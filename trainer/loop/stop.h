#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "absl/status/status.h"

namespace hypergan::trainer {

// Whether a run is to end as soon as it can save: asked between steps and
// within evaluations, from several threads. Once it says so, it stays so.
class Stop {
 public:
  // Reads the flag, which outlives it.
  Stop(const std::atomic<bool>& flag)  // NOLINT(google-explicit-constructor)
      : is_asked_for_([&flag] { return flag.load(); }) {}
  explicit Stop(std::function<bool()> is_asked_for)
      : is_asked_for_(std::move(is_asked_for)) {}

  bool IsAskedFor() const { return is_asked_for_(); }

  // ABORTED once it is asked for: EvaluationOptions::interrupt and the like.
  std::function<absl::Status()> Interrupt() const {
    return [is_asked_for = is_asked_for_] {
      return is_asked_for() ? absl::AbortedError("interrupted")
                            : absl::OkStatus();
    };
  }

 private:
  std::function<bool()> is_asked_for_;
};

}  // namespace hypergan::trainer
