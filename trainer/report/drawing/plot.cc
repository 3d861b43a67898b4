#include "trainer/report/drawing/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "trainer/report/drawing/legend.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/palette.h"

namespace hypergan::trainer::report {
namespace {

// The drawing's units; a phone shows them at about their size in pixels.
constexpr double kWidth = 440;
constexpr double kLeft = 52, kRight = 14, kTop = 48, kFrameHeight = 208;
constexpr double kBelow = 44;  // for ticks and the label of x
constexpr double kBottom = kTop + kFrameHeight;
constexpr double kTicksApartX = 34, kTicksApartY = 20;

class Range {
 public:
  void Include(double number) {
    // Differences of larger ones might overflow.
    if (!(std::abs(number) < 1e100)) return;
    least_ = std::min(least_, number);
    most_ = std::max(most_, number);
  }
  double least() const { return least_ <= most_ ? least_ : 0; }
  double most() const { return least_ <= most_ ? most_ : 1; }

 private:
  double least_ = std::numeric_limits<double>::max();
  double most_ = std::numeric_limits<double>::lowest();
};

// Both axes of a plot.
struct Frame {
  AxisMap x, y;
};

bool Finite(const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); }

Frame FrameOf(const Plot& plot) {
  Range x, y;
  for (const Line& line : plot.lines) {
    for (size_t i = 0; i < line.points.size(); ++i) {
      const Point& p = line.points[i];
      if (!Finite(p)) continue;
      x.Include(p.x);
      y.Include(p.y);
      if (i >= line.deviations.size() || !(line.deviations[i] > 0)) continue;
      y.Include(p.y - line.deviations[i]);
      y.Include(p.y + line.deviations[i]);
    }
  }
  for (const Band& band : plot.bands) {
    for (const BandPoint& p : band.points) x.Include(p.x);
  }
  // A little air above and below; an ensemble that explodes must not flatten
  // the rest, so bands do not count.
  Axis axis = plot.y;
  const double air = 0.05 * (y.most() - y.least());
  double least = y.least(), most = y.most();
  if (axis.scale == Scale::kLinear) least -= air;
  most += air;
  return {AxisMap(plot.x, x.least(), x.most(), kLeft, kWidth - kRight),
          AxisMap(axis, least, most, kBottom, kTop)};
}

std::string At(const Frame& frame, double x, double y) {
  // Far outside the frame is outside all the same.
  const auto bounded = [](double v) { return std::clamp(v, -1e4, 1e4); };
  return absl::StrFormat("%.1f,%.1f", bounded(frame.x.Place(x)),
                         bounded(frame.y.Place(y)));
}

// The points to draw: all, or evenly spaced ones and the last.
std::vector<Point> Thinned(const std::vector<Point>& points) {
  if (points.size() <= kMaxLinePoints) return points;
  std::vector<Point> some;
  for (size_t i = 0; i < kMaxLinePoints; ++i) {
    some.push_back(points[i * (points.size() - 1) / (kMaxLinePoints - 1)]);
  }
  return some;
}

// Runs of points without a gap.
std::vector<std::vector<Point>> Pieces(const std::vector<Point>& points) {
  std::vector<std::vector<Point>> pieces;
  bool gap = true;
  for (const Point& p : points) {
    if (!Finite(p)) {
      gap = true;
      continue;
    }
    if (gap) pieces.emplace_back();
    gap = false;
    pieces.back().push_back(p);
  }
  return pieces;
}

std::string Joined(const Frame& frame, const std::vector<Point>& points) {
  return absl::StrJoin(points, " ", [&](std::string* out, const Point& p) {
    out->append(At(frame, p.x, p.y));
  });
}

void AppendDots(const Frame& frame, const Line& line,
                const std::vector<Point>& points, std::string* svg) {
  for (const Point& p : points) {
    if (!Finite(p)) continue;
    absl::StrAppendFormat(
        svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" class=\"f%s\"/>\n",
        frame.x.Place(p.x), frame.y.Place(p.y), ColourName(line.style));
  }
}

void AppendErrorBars(const Frame& frame, const Line& line, std::string* svg) {
  for (size_t i = 0; i < line.points.size() && i < line.deviations.size();
       ++i) {
    const Point& p = line.points[i];
    const double deviation = line.deviations[i];
    if (!Finite(p) || !(deviation > 0)) continue;
    absl::StrAppendFormat(svg, "<path d=\"M%sL%s\" class=\"s%s\"/>\n",
                          At(frame, p.x, p.y - deviation),
                          At(frame, p.x, p.y + deviation),
                          ColourName(line.style));
  }
}

std::string LineSvg(const Frame& frame, const Line& line) {
  std::string svg;
  const std::vector<Point> points = Thinned(line.points);
  for (const std::vector<Point>& piece : Pieces(points)) {
    if (line.filled) {
      absl::StrAppendFormat(
          &svg,
          "<polygon points=\"%s %s %s\" class=\"f%s\" "
          "fill-opacity=\"0.16\"/>\n",
          At(frame, piece.front().x, frame.y.least()), Joined(frame, piece),
          At(frame, piece.back().x, frame.y.least()), ColourName(line.style));
    }
    if (line.joined) {
      absl::StrAppendFormat(&svg,
                            "<polyline points=\"%s\" class=\"s%s\" "
                            "stroke-width=\"2\" stroke-linejoin=\"round\" "
                            "stroke-dasharray=\"%s\"/>\n",
                            Joined(frame, piece), ColourName(line.style),
                            Dashes(line.style));
    }
  }
  AppendErrorBars(frame, line, &svg);
  if (line.dots) AppendDots(frame, line, points, &svg);
  return svg;
}

std::string BandSvg(const Frame& frame, const Band& band) {
  std::vector<Point> outline;
  for (const BandPoint& p : band.points) {
    outline.push_back({p.x, p.mean + band.deviations * p.deviation});
  }
  for (auto p = band.points.rbegin(); p != band.points.rend(); ++p) {
    outline.push_back({p->x, p->mean - band.deviations * p->deviation});
  }
  outline.erase(std::remove_if(outline.begin(), outline.end(),
                               [](const Point& p) { return !Finite(p); }),
                outline.end());
  return absl::StrFormat(
      "<polygon points=\"%s\" class=\"f%s\" fill-opacity=\"0.18\"/>\n",
      Joined(frame, outline), ColourName(band.style));
}

std::string TicksSvg(const Frame& frame) {
  std::string svg;
  for (double tick : frame.y.Ticks(kTicksApartY)) {
    const double y = frame.y.Place(tick);
    absl::StrAppendFormat(&svg,
                          "<path d=\"M%g %.1fH%g\" class=\"sgrid\"/>"
                          "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\" "
                          "class=\"fmuted\">%s</text>\n",
                          kLeft, y, kWidth - kRight, kLeft - 7, y + 4,
                          TickText(tick));
  }
  for (double tick : frame.x.Ticks(kTicksApartX)) {
    const double x = frame.x.Place(tick);
    absl::StrAppendFormat(&svg,
                          "<path d=\"M%.1f %gv5\" class=\"smuted\"/>"
                          "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\" "
                          "class=\"fmuted\">%s</text>\n",
                          x, kBottom, x, kBottom + 18, TickText(tick));
  }
  absl::StrAppendFormat(&svg, "<path d=\"M%g %gH%g\" class=\"smuted\"/>\n",
                        kLeft, kBottom, kWidth - kRight);
  return svg;
}

// Title above, the axes' names where they are read first.
std::string LabelsSvg(const Plot& plot) {
  return absl::StrFormat(
      "<text x=\"2\" y=\"15\" class=\"b fink\">%s</text>\n"
      "<text x=\"2\" y=\"35\" class=\"fmuted\">%s</text>\n"
      "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\" "
      "class=\"fmuted\">%s</text>\n",
      EscapeXml(plot.title), EscapeXml(plot.y.label),
      (kLeft + kWidth - kRight) / 2, kBottom + 37, EscapeXml(plot.x.label));
}

Legend LegendOf(const Plot& plot) {
  std::vector<LegendEntry> entries;
  for (const Line& line : plot.lines) {
    if (line.name.empty()) continue;
    entries.push_back({line.name, line.style, line.joined, line.dots});
  }
  return Legend(std::move(entries), kWidth - 8);
}

}  // namespace

std::string PlotSvg(const Plot& plot) {
  const Frame frame = FrameOf(plot);
  const Legend legend = LegendOf(plot);
  const std::string id = Slug(plot.name);
  std::string inside;
  if (plot.diagonal) {
    inside = absl::StrFormat(
        "<path d=\"M%g %gL%g %g\" class=\"smuted\" "
        "stroke-dasharray=\"3 4\"/>\n",
        kLeft, kBottom, kWidth - kRight, kTop);
  }
  for (const Band& band : plot.bands) {
    absl::StrAppend(&inside, BandSvg(frame, band));
  }
  for (const Line& line : plot.lines) {
    absl::StrAppend(&inside, LineSvg(frame, line));
  }
  return absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" "
      "aria-label=\"%s\" viewBox=\"0 0 %g %g\">\n"
      "<clipPath id=\"%s-frame\"><rect x=\"%g\" y=\"%g\" width=\"%g\" "
      "height=\"%g\"/></clipPath>\n%s%s<g clip-path=\"url(#%s-frame)\">\n%s"
      "</g>\n%s</svg>\n",
      EscapeXml(plot.title), kWidth, kBottom + kBelow + legend.height() + 4, id,
      // Dots on the frame's edge are whole.
      kLeft - 4, kTop - 4, kWidth - kLeft - kRight + 8, kFrameHeight + 8,
      LabelsSvg(plot), TicksSvg(frame), id, inside,
      legend.Svg(4, kBottom + kBelow));
}

std::string StandaloneSvg(const std::string& svg) {
  const size_t head = svg.find('>');  // attributes have theirs escaped
  if (head == std::string::npos) return svg;
  return absl::StrCat(svg.substr(0, head + 1), "\n<style>", StandaloneColours(),
                      "</style>", svg.substr(head + 1));
}

}  // namespace hypergan::trainer::report
