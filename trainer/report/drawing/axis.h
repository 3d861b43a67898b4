#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hypergan::trainer::report {

// kRoot spreads out small numbers without losing zero: places by the square
// root. kRange logarithmic where the numbers are positive and span a factor of
// twenty, otherwise linear.
enum class Scale { kLinear, kLog, kRoot, kRange };

// What an axis shows; what is left open follows from the numbers.
struct Axis {
  std::string label = {};  // with its unit
  Scale scale = Scale::kLinear;
  std::optional<double> least = {}, most = {};
  std::vector<double> ticks = {};
};

// From numbers to the drawing's units along one axis.
class AxisMap {
 public:
  // `least` <= `most` are of the numbers; `begin` and `end` of the drawing.
  AxisMap(const Axis& axis, double least, double most, double begin,
          double end);

  // Numbers that the scale has no place for (zero on a logarithmic one) go to
  // its lower end.
  double Place(double number) const;

  // Ticks inside the axis, ascending, none nearer than `apart` to the one
  // before.
  std::vector<double> Ticks(double apart) const;

  double least() const { return least_; }
  double most() const { return most_; }

 private:
  double Scaled(double number) const;
  std::vector<double> Candidates() const;

  std::vector<double> wanted_;
  Scale scale_;
  double least_, most_, begin_, end_;
};

// As short as tells neighbours apart: 0.05, 100, 1e-06.
std::string TickText(double number);

}  // namespace hypergan::trainer::report
