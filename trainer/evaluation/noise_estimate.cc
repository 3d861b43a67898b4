#include "trainer/evaluation/noise_estimate.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace hypergan::trainer {
namespace {

// Of the standard normal distribution: 95 % lie within +- this.
constexpr double kNormal95 = 1.959963984540054;
constexpr double kLeastShareOfError = 0.01;
constexpr double kLeastDeviation = 1e-12;

}  // namespace

std::vector<double> EstimateNoise(const EnsembleOutputs& outputs,
                                  const at::Tensor& targets) {
  const at::Tensor squares = (targets.to(at::kDouble) - outputs.mean).square();
  const at::Tensor error = squares.mean(0);
  const at::Tensor noise = error - outputs.variance.mean(0);
  const at::Tensor least = error * kLeastShareOfError * kLeastShareOfError;
  return ToVector(at::maximum(noise, least).sqrt());
}

Figures PredictiveFigures(const EnsembleOutputs& outputs,
                          const std::vector<double>& noise,
                          const at::Tensor& targets) {
  const at::Tensor variance =
      outputs.variance + at::tensor(noise, at::kDouble).square();
  const at::Tensor deviation = variance.sqrt().clamp_min(kLeastDeviation);
  const at::Tensor errors =
      ((targets.to(at::kDouble) - outputs.mean) / deviation).abs();
  const at::Tensor densities =
      errors.square() / 2 + (deviation * std::sqrt(2 * std::numbers::pi)).log();
  return {{"coverage_95",
           (errors <= kNormal95).to(at::kDouble).mean().item<double>()},
          {"width_95", 2 * kNormal95 * deviation.mean().item<double>()},
          {"nll", densities.sum(-1).mean().item<double>()}};
}

}  // namespace hypergan::trainer
