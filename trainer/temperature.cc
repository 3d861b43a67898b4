#include "trainer/temperature.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace hypergan::trainer {
namespace {

// `log_p` float64 [N, R, K]: log-probabilities stand for logits, from which
// they differ by a number a row.
double NegativeLogLikelihood(const at::Tensor& log_p, const at::Tensor& labels,
                             double temperature) {
  const at::Tensor mean = (log_p / temperature).softmax(-1).mean(0);
  return -mean.gather(-1, labels.unsqueeze(-1))
              .clamp_min(1e-300)
              .log()
              .mean()
              .item<double>();
}

}  // namespace

double FitTemperature(const at::Tensor& probabilities,
                      const at::Tensor& labels) {
  constexpr double kSmallestProbability = 1e-38;
  constexpr double kTolerance = 1e-4;  // of log T
  const at::Tensor log_p =
      probabilities.to(at::kDouble).clamp_min(kSmallestProbability).log();
  const auto loss = [&](double log_temperature) {
    return NegativeLogLikelihood(log_p, labels, std::exp(log_temperature));
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
