#pragma once

#include <ctime>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace hypergan::trainer {

// Seconds since it was made: by the clock, and of all the process's cores.
class Stopwatch {
 public:
  double Seconds() const { return absl::ToDoubleSeconds(absl::Now() - start_); }
  double CoreSeconds() const { return Cores() - start_cores_; }

 private:
  static double Cores() {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * time.tv_nsec;
  }

  const absl::Time start_ = absl::Now();
  const double start_cores_ = Cores();
};

}  // namespace hypergan::trainer
