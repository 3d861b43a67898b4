#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hypergan::trainer::report {

// Mean and deviation of a figure over runs that differ in their seed.
struct Spread {
  double mean = 0;
  double deviation = 0;  // of the sample (n - 1); 0 for one run
  size_t runs = 0;
};

Spread SpreadOf(const std::vector<double>& figures);

// "98.64 ± 0.30", without the deviation for one run; "no number" where a mean
// is not finite.
std::string SpreadText(const Spread& spread, int decimals);

// "0.12345" with `decimals`; "no number" where it is not finite.
std::string NumberText(double number, int decimals);

}  // namespace hypergan::trainer::report
