#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/cli/answer.h"

namespace hypergan::client {

// For each class, how many networks hold it for the most probable one of row
// `i`: [K]. The answer has network outputs.
std::vector<int64_t> Votes(const Answer& answer, int64_t i);

// What every network says about output `k` of row `i`, ascending: [N]. The
// answer has network outputs.
std::vector<double> NetworkValues(const Answer& answer, int64_t i, int64_t k);

// The value below which a share in [0, 1] of `ascending`, at least one, lies.
double Quantile(const std::vector<double>& ascending, double share);

}  // namespace hypergan::client
