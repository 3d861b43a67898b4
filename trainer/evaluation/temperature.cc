#include "trainer/evaluation/temperature.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "absl/strings/numbers.h"
#include "hypergan/ensemble/scores.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

constexpr char kTemperature[] = "temperature";

}  // namespace

double FitPoolTemperature(const at::Tensor& pooled, const at::Tensor& labels) {
  constexpr double kTolerance = 1e-4;  // of log T
  const at::Tensor mean = pooled.to(at::kDouble);
  const auto rows = static_cast<double>(mean.size(0));
  const auto loss = [&](double log_temperature) {
    const double deviations = log_temperature / kLogTemperatureDeviation;
    return rows * NegativeLogLikelihood(
                      PoolTempered(mean, std::exp(log_temperature)), labels) +
           deviations * deviations / 2;
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

at::Tensor Untempered(const at::Tensor& probabilities, double temperature) {
  if (temperature == 1) return probabilities;
  return (LogProbabilities(probabilities) * temperature)
      .softmax(-1)
      .to(probabilities.scalar_type());
}

double LogitTemperatureOf(const Manifest& manifest) {
  const auto found = manifest.provenance.find(kTemperature);
  double temperature = 1;
  const bool is_tempered = found != manifest.provenance.end() &&
                           absl::SimpleAtod(found->second, &temperature) &&
                           temperature > 0;
  return is_tempered ? temperature : 1;
}

}  // namespace hypergan::trainer
