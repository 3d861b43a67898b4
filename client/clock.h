#pragma once

#include "absl/time/time.h"

namespace hypergan::client {

// What the client knows of time; tests bring their own. Safe for any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
  virtual void Sleep(absl::Duration duration) = 0;

  // The machine's clock; never destroyed.
  static Clock& System();
};

}  // namespace hypergan::client
