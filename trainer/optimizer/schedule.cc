#include "trainer/optimizer/schedule.h"

#include <cmath>
#include <numbers>

namespace hypergan::trainer {

double OneCycle(int64_t step, int64_t total) {
  constexpr double kRise = 0.1;
  const double at =
      (static_cast<double>(step) + 0.5) / static_cast<double>(total);
  if (at < kRise) return at / kRise;
  const double fall = (at - kRise) / (1 - kRise);
  return (1 + std::cos(std::numbers::pi * fall)) / 2;
}

}  // namespace hypergan::trainer
