#include "trainer/temperature.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "trainer/evaluation.h"

namespace hypergan::trainer {
double FitTemperature(const at::Tensor& probabilities,
                      const at::Tensor& labels) {
  constexpr double kSmallestProbability = 1e-38;
  constexpr double kTolerance = 1e-4;  // of log T
  // They stand for the logits, from which they differ by a number a row.
  const at::Tensor log_p =
      probabilities.to(at::kDouble).clamp_min(kSmallestProbability).log();
  const auto loss = [&](double log_temperature) {
    return NegativeLogLikelihood(
        (log_p / std::exp(log_temperature)).softmax(-1).mean(0), labels);
  };
  // Golden-section search.
  constexpr double kShrink = 1 / std::numbers::phi;
  double low = -std::log(8), high = std::log(8);
  double left = high - kShrink * (high - low);
  double right = low + kShrink * (high - low);
  double left_loss = loss(left), right_loss = loss(right);
  while (high - low > kTolerance) {
    if (left_loss < right_loss) {
      high = right;
      right = left;
      right_loss = left_loss;
      left = high - kShrink * (high - low);
      left_loss = loss(left);
    } else {
      low = left;
      left = right;
      left_loss = right_loss;
      right = low + kShrink * (high - low);
      right_loss = loss(right);
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace hypergan::trainer
