#include "trainer/report/drawing/axis.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace hypergan::trainer::report {
namespace {

constexpr double kLogSpan = 20;
constexpr int kMaxTicks = 200;

// The largest of 1, 2, 5 times a power of ten that gives at least four ticks.
double TickStep(double range) {
  const double decade = std::pow(10, std::floor(std::log10(range)));
  for (double step : {5.0, 2.0, 1.0, 0.5, 0.2}) {
    if (range / (step * decade) >= 4) return step * decade;
  }
  return 0.1 * decade;
}

Scale Chosen(Scale scale, double least, double most) {
  if (scale == Scale::kRange) {
    return least > 0 && most / least >= kLogSpan ? Scale::kLog : Scale::kLinear;
  }
  if (scale == Scale::kLog && least <= 0) return Scale::kLinear;
  return scale;
}

}  // namespace

AxisMap::AxisMap(const Axis& axis, double least, double most, double begin,
                 double end)
    : wanted_(axis.ticks),
      least_(axis.least.value_or(least)),
      most_(axis.most.value_or(most)),
      begin_(begin),
      end_(end) {
  scale_ = Chosen(axis.scale, least_, most_);
  // A single number has an axis too, and so have numbers that hardly differ.
  const double size = std::max({std::abs(least_), std::abs(most_), 1e-100});
  if (!(most_ - least_ > 1e-12 * size)) {
    const double room = std::max(size * 0.1, 1e-9);
    if (!axis.least && scale_ == Scale::kLinear) least_ -= room;
    most_ = std::max(most_, least_) + room;
  }
}

double AxisMap::Scaled(double number) const {
  switch (scale_) {
    case Scale::kLog:
      return std::log10(std::max(number, least_));
    case Scale::kRoot:
      return std::sqrt(std::max(number, 0.0));
    default:
      return number;
  }
}

double AxisMap::Place(double number) const {
  const double low = Scaled(least_), high = Scaled(most_);
  return begin_ + (Scaled(number) - low) / (high - low) * (end_ - begin_);
}

std::vector<double> AxisMap::Candidates() const {
  if (!wanted_.empty()) return wanted_;
  std::vector<double> ticks;
  if (scale_ == Scale::kLog) {
    const bool decades = most_ / least_ >= 1000;
    for (double decade = std::pow(10, std::floor(std::log10(least_)));
         decade <= most_ && ticks.size() < kMaxTicks; decade *= 10) {
      ticks.push_back(decade);
      if (decades) continue;
      ticks.push_back(2 * decade);
      ticks.push_back(5 * decade);
    }
    return ticks;
  }
  const double step = TickStep(most_ - least_);
  const double first = std::ceil(least_ / step - 1e-9);
  for (int i = 0; i < kMaxTicks; ++i) {
    // A multiple, not a sum: sums drift, and miss zero.
    ticks.push_back((first + i) * step);
    if (ticks.back() > most_) break;
  }
  return ticks;
}

std::vector<double> AxisMap::Ticks(double apart) const {
  const double slack = 1e-9 * (most_ - least_);
  std::vector<double> ticks;
  for (double tick : Candidates()) {
    if (tick < least_ - slack || tick > most_ + slack) continue;
    if (!ticks.empty() && std::abs(Place(tick) - Place(ticks.back())) < apart) {
      continue;
    }
    ticks.push_back(tick);
  }
  return ticks;
}

std::string TickText(double number) {
  if (std::abs(number) < 1e-12) return "0";
  return absl::StrFormat("%.6g", number);
}

}  // namespace hypergan::trainer::report
