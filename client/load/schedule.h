#pragma once

#include <cstdint>
#include <random>

#include "absl/time/time.h"

namespace hypergan::load {

// When the requests of an open loop are due: a Poisson process, so that the
// gaps between them are independent and exponential with mean 1 / rate. A
// function of the rate and the seed alone, the same on every machine.
class PoissonSchedule {
 public:
  // `rate` > 0, in requests a second.
  PoissonSchedule(double rate, uint64_t seed) : rate_(rate), random_(seed) {}

  // The next arrival, counted from the beginning of the run; never before the
  // last one.
  absl::Duration Next();

 private:
  const double rate_;
  std::mt19937_64 random_;
  double seconds_ = 0;
};

}  // namespace hypergan::load
