#include "trainer/data/constants.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

// Rounding of a few operations in float64, relative to the numbers.
constexpr double kRounding = 0x1p-40;
constexpr double kCoarseSteps = 64;
constexpr double kTooCoarseSteps = 8;

double GreatestMagnitude(const Constants& constants, size_t column) {
  return std::max(std::abs(constants.least[column]),
                  std::abs(constants.greatest[column]));
}

bool IsConstant(const Constants& constants, size_t column) {
  const double least = constants.least[column];
  const double greatest = constants.greatest[column];
  return static_cast<float>(least) == static_cast<float>(greatest) ||
         greatest - least <= kRounding * GreatestMagnitude(constants, column);
}

// Of float64 numbers [R, C, P]: P of a column (or channel) in each row.
Constants ConstantsOf(const at::Tensor& numbers) {
  constexpr std::array<int64_t, 2> kOverRows = {0, 2};
  Constants constants;
  constants.mean = ToVector(numbers.mean(kOverRows));
  constants.least = ToVector(numbers.amin(kOverRows));
  constants.greatest = ToVector(numbers.amax(kOverRows));
  constants.deviation.assign(constants.mean.size(), 1);
  if (numbers.size(0) * numbers.size(2) < 2) return constants;
  const std::vector<double> deviation =
      ToVector(numbers.std(kOverRows, /*unbiased=*/true));
  for (size_t i = 0; i < deviation.size(); ++i) {
    if (IsConstant(constants, i)) {
      // Not the mean of equal numbers, which rounding may move.
      constants.mean[i] = constants.least[i];
    } else {
      constants.deviation[i] = deviation[i];
    }
  }
  return constants;
}

}  // namespace

Constants InputConstants(const Rows& rows) {
  constexpr int64_t kMaxImages = 10'000;
  const bool is_table = rows.inputs.dim() == 2;
  const int64_t count =
      is_table ? rows.size() : std::min(rows.size(), kMaxImages);
  at::Tensor inputs = rows.inputs.narrow(0, 0, count).to(at::kDouble);
  if (rows.inputs.scalar_type() == at::kByte) inputs.div_(255);
  return ConstantsOf(inputs.reshape({count, inputs.size(1), -1}));
}

Constants TargetConstants(const Rows& rows) {
  return ConstantsOf(rows.targets.to(at::kDouble).unsqueeze(2));
}

Resolution ResolutionOf(const Constants& constants, size_t column) {
  if (IsConstant(constants, column)) return Resolution::kConstant;
  const double steps = constants.deviation[column] /
                       Float32Step(GreatestMagnitude(constants, column));
  if (steps < kTooCoarseSteps) return Resolution::kTooCoarse;
  return steps < kCoarseSteps ? Resolution::kCoarse : Resolution::kFine;
}

bool HasScale(const Constants& constants, size_t column) {
  constexpr double kGreatest = 1e30;
  return GreatestMagnitude(constants, column) <= kGreatest &&
         constants.deviation[column] >= 1 / kGreatest;
}

double Float32Step(double value) {
  const auto number = static_cast<float>(value);
  return static_cast<double>(
             std::nextafter(number, std::numeric_limits<float>::infinity())) -
         static_cast<double>(number);
}

}  // namespace hypergan::trainer
