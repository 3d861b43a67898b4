#include "trainer/evaluation/noise_estimate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "hypergan/checkpoint/predictive.h"

namespace hypergan::trainer {
namespace {

constexpr double kLeastShareOfError = 0.01;
constexpr double kLeastDeviation = 1e-12;

// Of errors with these squares: minus twice the log likelihood, without a
// constant.
double Unlikelihood(const std::vector<double>& squares,
                    const std::vector<double>& variances, double noise) {
  double sum = 0;
  for (size_t i = 0; i < squares.size(); ++i) {
    const double variance = variances[i] + noise;
    sum += std::log(variance) + squares[i] / variance;
  }
  return sum;
}

// The variance of the noise under which the errors are likeliest: the best of a
// grid in its logarithm, and of finer ones around it.
double LikeliestVariance(const std::vector<double>& squares,
                         const std::vector<double>& variances) {
  constexpr int kPoints = 200, kGrids = 4;
  double mean = 0;
  for (const double square : squares) mean += square;
  mean /= static_cast<double>(squares.size());
  if (mean == 0) return 0;
  double low = std::log(mean * kLeastShareOfError * kLeastShareOfError);
  double high = std::log(2 * mean);
  const double least = low;
  double best = low;
  for (int grid = 0; grid < kGrids; ++grid) {
    const double step = (high - low) / kPoints;
    double best_value = std::numeric_limits<double>::infinity();
    for (int i = 0; i <= kPoints; ++i) {
      const double at = low + i * step;
      const double value = Unlikelihood(squares, variances, std::exp(at));
      if (value < best_value) {
        best_value = value;
        best = at;
      }
    }
    low = std::max(least, best - step);
    high = best + step;
  }
  return std::exp(best);
}

}  // namespace

std::vector<double> EstimateNoise(const EnsembleOutputs& outputs,
                                  const at::Tensor& targets) {
  const at::Tensor squares = (targets.to(at::kDouble) - outputs.mean).square();
  std::vector<double> noise;
  for (int64_t k = 0; k < squares.size(1); ++k) {
    noise.push_back(
        std::sqrt(LikeliestVariance(ToVector(squares.select(1, k)),
                                    ToVector(outputs.variance.select(1, k)))));
  }
  return noise;
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
  // deviation (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), even in z.
  const at::Tensor ranked =
      deviation *
      (errors * at::erf(errors / std::numbers::sqrt2) +
       (-errors.square() / 2).exp() * std::sqrt(2 / std::numbers::pi) -
       std::numbers::inv_sqrtpi);
  const double half_width = NormalHalfWidth(0.95);
  return {{"coverage_95",
           (errors <= half_width).to(at::kDouble).mean().item<double>()},
          {"width_95", 2 * half_width * deviation.mean().item<double>()},
          {"nll", densities.sum(-1).mean().item<double>()},
          {"crps", ranked.mean().item<double>()}};
}

}  // namespace hypergan::trainer
