#pragma once

#include "absl/time/time.h"

namespace hypergan::load {

// The time of a run, which never jumps, and the wait for it. One thread waits;
// any thread may ask for the time and wake it. Tests bring their own.
class Clock {
 public:
  virtual ~Clock() = default;

  // Since some fixed moment.
  virtual absl::Duration Now() = 0;

  // Until `time` has come, or Wake() has been called since the last wait; may
  // end sooner.
  virtual void WaitUntil(absl::Duration time) = 0;
  virtual void Wake() = 0;

  // The machine's steady clock; never destroyed.
  static Clock& Steady();
};

}  // namespace hypergan::load
