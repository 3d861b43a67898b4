#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hypergan::trainer {

struct Point {
  double x = 0, y = 0;
};

struct BandPoint {
  double x = 0, mean = 0, deviation = 0;
};

// A one-dimensional regression and what an ensemble makes of it; `truth` and
// `band` in ascending x.
struct RegressionPlot {
  std::vector<Point> observations;
  std::vector<Point> truth;
  std::vector<BandPoint> band;
  int64_t num_networks = 0;
};

// As an SVG drawing: the mean, bands of one and three deviations, the
// observations and the true curve. Stands by itself, readable on light and dark
// pages.
std::string RegressionPlotSvg(const RegressionPlot& plot);

}  // namespace hypergan::trainer
