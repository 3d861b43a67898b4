#include "trainer/regression_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::trainer {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 60, kRight = 16, kTop = 40, kBottom = 40;

// From data to the drawing's units.
class Axes {
 public:
  explicit Axes(const RegressionPlot& plot) {
    for (const Point& p : plot.observations) Include(p.x, p.y);
    for (const Point& p : plot.truth) Include(p.x, p.y);
    for (const BandPoint& p : plot.band) Include(p.x, p.mean);
    // Room for the bands, but an ensemble that explodes must not flatten the
    // rest.
    const double margin = std::max(0.15 * (y_most_ - y_least_), 1e-9);
    y_least_ -= margin;
    y_most_ += margin;
  }

  double X(double x) const {
    return kLeft +
           (x - x_least_) / (x_most_ - x_least_) * (kWidth - kLeft - kRight);
  }
  double Y(double y) const {
    return kHeight - kBottom -
           (y - y_least_) / (y_most_ - y_least_) * (kHeight - kTop - kBottom);
  }
  double x_least() const { return x_least_; }
  double x_most() const { return x_most_; }
  double y_least() const { return y_least_; }
  double y_most() const { return y_most_; }

 private:
  void Include(double x, double y) {
    if (!std::isfinite(x) || !std::isfinite(y)) return;
    x_least_ = std::min(x_least_, x);
    x_most_ = std::max(x_most_, x);
    y_least_ = std::min(y_least_, y);
    y_most_ = std::max(y_most_, y);
  }

  double x_least_ = std::numeric_limits<double>::max();
  double x_most_ = std::numeric_limits<double>::lowest();
  double y_least_ = std::numeric_limits<double>::max();
  double y_most_ = std::numeric_limits<double>::lowest();
};

void AppendPoint(const Axes& axes, double x, double y, std::string* path) {
  absl::StrAppendFormat(path, "%.1f,%.1f ", axes.X(x), axes.Y(y));
}

std::string Band(const Axes& axes, const std::vector<BandPoint>& band,
                 double deviations) {
  std::string points;
  for (const BandPoint& p : band) {
    AppendPoint(axes, p.x, p.mean + deviations * p.deviation, &points);
  }
  for (auto p = band.rbegin(); p != band.rend(); ++p) {
    AppendPoint(axes, p->x, p->mean - deviations * p->deviation, &points);
  }
  return absl::StrFormat(
      "<polygon points=\"%s\" fill=\"#3b7dd8\" fill-opacity=\"0.2\"/>\n",
      points);
}

// The largest of 1, 2, 5 times a power of ten that gives at least four ticks.
double TickStep(double range) {
  const double decade = std::pow(10, std::floor(std::log10(range)));
  for (double step : {5.0, 2.0, 1.0, 0.5, 0.2}) {
    if (range / (step * decade) >= 4) return step * decade;
  }
  return 0.1 * decade;
}

std::string Ticks(const Axes& axes) {
  std::string svg;
  const double dx = TickStep(axes.x_most() - axes.x_least());
  for (double x = std::ceil(axes.x_least() / dx) * dx; x <= axes.x_most();
       x += dx) {
    absl::StrAppendFormat(
        &svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>\n",
        axes.X(x), kHeight - kBottom + 18, std::abs(x) < dx / 2 ? 0 : x);
  }
  const double dy = TickStep(axes.y_most() - axes.y_least());
  for (double y = std::ceil(axes.y_least() / dy) * dy; y <= axes.y_most();
       y += dy) {
    absl::StrAppendFormat(
        &svg,
        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" "
        "stroke=\"#888\" stroke-opacity=\"0.3\"/>\n"
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
        kLeft, kWidth - kRight, axes.Y(y), axes.Y(y), kLeft - 8, axes.Y(y) + 4,
        std::abs(y) < dy / 2 ? 0 : y);
  }
  return svg;
}

std::string Curves(const Axes& axes, const RegressionPlot& plot) {
  std::string mean, truth, svg;
  for (const BandPoint& p : plot.band) AppendPoint(axes, p.x, p.mean, &mean);
  for (const Point& p : plot.truth) AppendPoint(axes, p.x, p.y, &truth);
  absl::StrAppendFormat(&svg,
                        "<polyline points=\"%s\" fill=\"none\" stroke=\"#888\" "
                        "stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/>\n"
                        "<polyline points=\"%s\" fill=\"none\" "
                        "stroke=\"#3b7dd8\" stroke-width=\"2\"/>\n",
                        truth, mean);
  for (const Point& p : plot.observations) {
    absl::StrAppendFormat(
        &svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#d84a3b\"/>\n",
        axes.X(p.x), axes.Y(p.y));
  }
  return svg;
}

}  // namespace

std::string RegressionPlotSvg(const RegressionPlot& plot) {
  const Axes axes(plot);
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
      "font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n"
      "<clipPath id=\"frame\"><rect x=\"%g\" y=\"%g\" width=\"%g\" "
      "height=\"%g\"/></clipPath>\n"
      "<text x=\"%g\" y=\"22\">Mean of %d networks, bands of 1 and 3 "
      "deviations; dots: training rows; dashes: the true curve</text>\n",
      kWidth, kHeight, kLeft, kTop, kWidth - kLeft - kRight,
      kHeight - kTop - kBottom, kLeft, plot.num_networks);
  absl::StrAppend(&svg, Ticks(axes), "<g clip-path=\"url(#frame)\">\n",
                  Band(axes, plot.band, 3), Band(axes, plot.band, 1),
                  Curves(axes, plot), "</g>\n</svg>\n");
  return svg;
}

}  // namespace hypergan::trainer
