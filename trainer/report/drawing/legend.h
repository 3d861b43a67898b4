#pragma once

#include <string>
#include <vector>

namespace hypergan::trainer::report {

// One entry of a legend.
struct LegendEntry {
  std::string name;
  int style = 0;
  bool joined = true, dots = false;
};

// Entries side by side, in as many rows as they need.
class Legend {
 public:
  Legend(std::vector<LegendEntry> entries, double width);

  double height() const;
  std::string Svg(double left, double top) const;

 private:
  struct Placed {
    LegendEntry entry;
    double x = 0;
    int row = 0;
  };
  std::vector<Placed> placed_;
  int rows_ = 0;
};

}  // namespace hypergan::trainer::report
