#include "trainer/report/drawing/regression_plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/checkpoint/predictive.h"
#include "trainer/report/drawing/palette.h"

namespace hypergan::trainer {
namespace {

using report::Line;

// Room for the bands, but an ensemble that explodes must not flatten the rest:
// the axis follows the lines alone.
void SetHeight(report::Plot& drawing) {
  bool any = false;
  double least = 0, most = 0;
  for (const Line& line : drawing.lines) {
    for (const Point& p : line.points) {
      if (!std::isfinite(p.y)) continue;
      least = any ? std::min(least, p.y) : p.y;
      most = any ? std::max(most, p.y) : p.y;
      any = true;
    }
  }
  const double margin = std::max(0.15 * (most - least), 1e-9);
  drawing.y.least = least - margin;
  drawing.y.most = most + margin;
}

// The ends of the interval, as two lines of one name.
void AddInterval(const RegressionPlot& plot, report::Plot& drawing) {
  const double half_width = NormalHalfWidth(0.95);
  for (const int side : {-1, 1}) {
    Line end;
    if (side < 0) end.name = "95 % of the truth, noise included";
    end.style = 2;
    for (const BandPoint& p : plot.band) {
      const double reach = half_width * std::hypot(p.deviation, plot.noise);
      end.points.push_back({p.x, p.mean + side * reach});
    }
    drawing.lines.push_back(std::move(end));
  }
}

}  // namespace

report::Plot PlotOf(const RegressionPlot& plot) {
  report::Plot drawing;
  drawing.name = "regression";
  drawing.title = absl::StrCat("Mean of ", plot.num_networks,
                               " networks, bands of 1 and 3 deviations");
  drawing.x.label = "x";
  drawing.y.label = "y";
  drawing.bands = {{plot.band, 3, 0}, {plot.band, 1, 0}};
  Line truth, mean, observations;
  truth.name = "true curve";
  truth.style = report::kPublishedStyle;
  truth.points = plot.truth;
  mean.name = "mean, ± 1 and 3 deviations";
  for (const BandPoint& p : plot.band) mean.points.push_back({p.x, p.mean});
  observations.name = "training rows";
  observations.style = 1;
  observations.joined = false;
  observations.dots = true;
  observations.points = plot.observations;
  for (Line* line : {&mean, &truth, &observations}) {
    if (!line->points.empty()) drawing.lines.push_back(std::move(*line));
  }
  SetHeight(drawing);
  if (plot.noise > 0) AddInterval(plot, drawing);
  return drawing;
}

std::string RegressionPlotSvg(const RegressionPlot& plot) {
  return report::StandaloneSvg(report::PlotSvg(PlotOf(plot)));
}

}  // namespace hypergan::trainer
