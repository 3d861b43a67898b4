#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/report/drawing/plot.h"

namespace hypergan::trainer {

using report::BandPoint;
using report::Point;

// A one-dimensional regression and what an ensemble makes of it; `truth` and
// `band` in ascending x.
struct RegressionPlot {
  std::vector<Point> observations;
  std::vector<Point> truth;
  std::vector<BandPoint> band;
  int64_t num_networks = 0;
  // The deviation of the truth around the mean; 0: not known. With it the
  // drawing has the central 95 % interval of the predictive distribution as
  // well.
  double noise = 0;
};

// The mean, bands of one and three deviations, the observations and the true
// curve.
report::Plot PlotOf(const RegressionPlot& plot);

// The same as an SVG drawing that stands by itself, readable on light and dark
// pages.
std::string RegressionPlotSvg(const RegressionPlot& plot);

// The same as text of `columns` x `rows` characters and a frame, for a
// terminal. Rows of one number that lie beside the drawing are left out.
std::string RegressionPlotText(const RegressionPlot& plot, int columns = 72,
                               int rows = 20);

}  // namespace hypergan::trainer
