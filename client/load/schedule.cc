#include "client/load/schedule.h"

#include <cmath>

namespace hypergan::load {

absl::Duration PoissonSchedule::Next() {
  // By inversion: -log(1 - u) / rate for u uniform in [0, 1), of 53 bits. The
  // distributions of <random> differ from library to library.
  const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;
  seconds_ -= std::log1p(-uniform) / rate_;
  return absl::Seconds(seconds_);
}

}  // namespace hypergan::load
