#pragma once

#include <cstddef>
#include <vector>

#include "trainer/data/rows.h"

namespace hypergan::trainer {

// What networks' inputs and outputs are scaled by, per channel (images) or
// column: figures of the training rows in float64. The deviation of a column
// that is constant is 1, so that another value in a request stays what it is.
struct Constants {
  std::vector<double> mean, deviation;
  std::vector<double> least, greatest;
};

// Of images a sample of 10,000 rows is enough; of tables all rows count.
Constants InputConstants(const Rows& rows);
// Of target values [R, K], per output.
Constants TargetConstants(const Rows& rows);

// What is left of a column once it is float32, as networks and the protocol
// have it.
enum class Resolution {
  kFine,
  kCoarse,     // a deviation of fewer than 64 steps of float32
  kTooCoarse,  // of fewer than 8: rows that differ become one
  kConstant,   // one number: equal to within rounding, or in float32
};
Resolution ResolutionOf(const Constants& constants, size_t column);

// Whether float32 can divide the column's numbers by their deviation, and those
// of requests that are somewhat larger.
bool HasScale(const Constants& constants, size_t column);

// The distance from `value`, a finite float32, to the next greater one.
double Float32Step(double value);

}  // namespace hypergan::trainer
