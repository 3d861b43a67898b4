#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"
#include "data/split.h"

namespace hypergan::data {

// One-dimensional regression sets, rows [1] with one target:
//
//   cubic  y = x^3 + e, e ~ N(0, 3^2): 20 training rows, 18 of them uniform in
//          [-4, 4], then both end points; tested on [-6, 6] (Hernandez-Lobato
//          and Adams 2015, the HyperGAN paper's toy)
//   sine   y = sin(2 x) + e, e ~ N(0, 0.1^2): 80 training rows uniform in
//          [-3, -1] and [1, 3], none between; tested on [-5, 5]
//
// The test rows are 241 evenly spaced x with y free of noise. Training rows
// depend on `seed` alone: Mersenne Twister, its raw bits made uniform and
// (Box-Muller) normal by arithmetic written out here, so every standard library
// gives the same. NOT_FOUND for another name.
absl::StatusOr<Dataset> Generate(absl::string_view name, Split split,
                                 uint64_t seed = 0);

}  // namespace hypergan::data
