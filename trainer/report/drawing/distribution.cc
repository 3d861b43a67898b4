#include "trainer/report/drawing/distribution.h"

#include <algorithm>
#include <cstddef>

namespace hypergan::trainer::report {

std::vector<Point> CdfPoints(const std::vector<double>& quantiles) {
  std::vector<Point> points;
  if (quantiles.size() < 2) return points;
  if (quantiles.front() > 0) points.push_back({0, 0});
  const double last = static_cast<double>(quantiles.size() - 1);
  for (size_t i = 0; i < quantiles.size(); ++i) {
    points.push_back({quantiles[i], static_cast<double>(i) / last});
  }
  return points;
}

double CdfAt(const std::vector<double>& quantiles, double x) {
  if (quantiles.size() < 2 || !(x >= quantiles.front())) return 0;
  if (x >= quantiles.back()) return 1;
  const auto above = std::upper_bound(quantiles.begin(), quantiles.end(), x);
  const double low = *(above - 1), high = *above;  // low <= x < high
  const double index = static_cast<double>(above - 1 - quantiles.begin()) +
                       (x - low) / (high - low);
  return index / static_cast<double>(quantiles.size() - 1);
}

std::vector<Point> HistogramOutline(const std::vector<double>& quantiles,
                                    double most, int bins) {
  std::vector<Point> outline;
  if (quantiles.size() < 2 || bins < 1 || !(most > 0)) return outline;
  double below = 0;  // the rows at exactly 0 belong to the first bin
  for (int i = 0; i < bins; ++i) {
    const double begin = most * i / bins, end = most * (i + 1) / bins;
    const double share = CdfAt(quantiles, end);
    outline.push_back({begin, 100 * (share - below)});
    outline.push_back({end, 100 * (share - below)});
    below = share;
  }
  return outline;
}

}  // namespace hypergan::trainer::report
