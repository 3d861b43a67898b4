#pragma once

#include <string>
#include <vector>

#include "trainer/report/drawing/axis.h"

// Plots as SVG. Colours are classes (trainer/report/drawing/palette.h), so that
// a page restyles them; StandaloneSvg makes a drawing of its own.
namespace hypergan::trainer::report {

struct Point {
  double x = 0, y = 0;
};

struct BandPoint {
  double x = 0, mean = 0, deviation = 0;
};

// Lines break where a point is not finite; of more than kMaxLinePoints, some
// are left out evenly.
inline constexpr size_t kMaxLinePoints = 400;

struct Line {
  std::string name = {};  // in the legend; empty: not there
  int style = 0;          // see palette.h
  std::vector<Point> points = {};
  bool joined = true;                   // by a line
  bool dots = false;                    // a dot on each point
  bool filled = false;                  // down to the lower edge
  std::vector<double> deviations = {};  // error bars, one a point, or none
};

struct Band {
  std::vector<BandPoint> points;
  double deviations = 1;  // to each side of the mean
  int style = 0;
};

struct Plot {
  std::string name;  // unique on a page: a.slug
  std::string title;
  Axis x, y;
  std::vector<Band> bands;  // behind the lines; they do not stretch the axes
  std::vector<Line> lines;
  bool diagonal = false;  // from corner to corner, dotted
};

// The drawing, readable at 300 to 700 pixels of width.
std::string PlotSvg(const Plot& plot);

// `svg`, which PlotSvg or PictureSheetSvg made, with its colours in it.
std::string StandaloneSvg(const std::string& svg);

}  // namespace hypergan::trainer::report
