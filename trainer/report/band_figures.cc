#include "trainer/report/band_figures.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace hypergan::trainer::report {
namespace {

constexpr double kHalfWidth = 1.959963984540054;  // of the central 95 %, in
                                                  // deviations

double NormalBelow(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

// E|X| of X ~ N(mean, deviation^2).
double MeanAbsolute(double mean, double deviation) {
  const double z = mean / deviation;
  return deviation * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2) +
         mean * (1 - 2 * NormalBelow(-z));
}

std::vector<size_t> Within(const BandResult& band, const Reach& reach) {
  std::vector<size_t> points;
  for (size_t i = 0; i < band.x.size(); ++i) {
    const double distance = std::abs(band.x[i]);
    if (distance > reach.from && distance <= reach.to) points.push_back(i);
  }
  return points;
}

}  // namespace

std::optional<BandFigures> FiguresOfBand(const BandResult& band, double noise,
                                         const Reach& reach) {
  const std::vector<size_t> points = Within(band, reach);
  if (points.empty()) return std::nullopt;
  BandFigures sum;
  for (const size_t i : points) {
    const double error = band.truth[i] - band.mean[i];
    const double deviation = std::hypot(band.deviation[i], noise);
    const double reach_of_noise = kHalfWidth * deviation;
    sum.coverage += NormalBelow((reach_of_noise - error) / noise) -
                    NormalBelow((-reach_of_noise - error) / noise);
    sum.nll += std::log(2 * std::numbers::pi * deviation * deviation) / 2 +
               (error * error + noise * noise) / (2 * deviation * deviation);
    // E|X - y| - E|X - X'| / 2 of X, X' ~ the prediction.
    sum.crps += MeanAbsolute(error, std::hypot(deviation, noise)) -
                deviation / std::sqrt(std::numbers::pi);
  }
  const auto count = static_cast<double>(points.size());
  return BandFigures{.coverage = sum.coverage / count,
                     .nll = sum.nll / count,
                     .crps = sum.crps / count};
}

std::optional<BandDifference> DifferenceOf(const BandResult& band,
                                           const BandResult& reference,
                                           const Reach& reach) {
  if (band.x != reference.x) return std::nullopt;
  const std::vector<size_t> points = Within(band, reach);
  double squares = 0, own = 0, of_reference = 0;
  for (const size_t i : points) {
    const double difference = band.mean[i] - reference.mean[i];
    squares += difference * difference;
    own += band.deviation[i];
    of_reference += reference.deviation[i];
  }
  if (of_reference <= 0) return std::nullopt;
  return BandDifference{
      .of_means = std::sqrt(squares / static_cast<double>(points.size())),
      .deviation_ratio = own / of_reference};
}

}  // namespace hypergan::trainer::report
