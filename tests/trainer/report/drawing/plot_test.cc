#include "trainer/report/drawing/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer::report {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The attribute of every element of that kind, in order.
std::vector<std::string> Attributes(const std::string& svg,
                                    const std::string& element,
                                    const std::string& attribute) {
  const std::regex pattern("<" + element + "[^>]* " + attribute +
                           "=\"([^\"]*)\"");
  std::vector<std::string> values;
  for (std::sregex_iterator it(svg.begin(), svg.end(), pattern), end; it != end;
       ++it) {
    values.push_back((*it)[1]);
  }
  return values;
}

Line LineOf(std::vector<Point> points) {
  Line line;
  line.name = "a line";
  line.points = std::move(points);
  return line;
}

Plot PlotWith(std::vector<Line> lines) {
  Plot plot;
  plot.name = "p";
  plot.title = "a plot";
  plot.lines = std::move(lines);
  return plot;
}

// x from 0 to 10 and y from 0 to 1: the frame's corners are at these places.
Plot Framed(std::vector<Line> lines) {
  Plot plot = PlotWith(std::move(lines));
  plot.x.least = 0;
  plot.x.most = 10;
  plot.y.least = 0;
  plot.y.most = 1;
  return plot;
}

TEST(PlotTest, PointsLandWhereTheyShould) {
  // The frame: 52..426 across, 256 (below) up to 48.
  const std::string svg =
      PlotSvg(Framed({LineOf({{0, 0}, {5, 0.5}, {10, 1}})}));
  EXPECT_THAT(Attributes(svg, "polyline", "points"),
              ElementsAre("52.0,256.0 239.0,152.0 426.0,48.0"));
}

TEST(PlotTest, LineBreaksWhereThereIsNoNumber) {
  const std::string svg = PlotSvg(
      Framed({LineOf({{0, 0}, {1, 0}, {2, kNan}, {3, 0}, {4, INFINITY}})}));
  EXPECT_THAT(Attributes(svg, "polyline", "points"), SizeIs(2));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(PlotTest, LongLineIsThinnedAndKeepsItsEnds) {
  std::vector<Point> points;
  for (int i = 0; i <= 10000; ++i) points.push_back({i / 1000.0, i / 10000.0});
  const std::string svg = PlotSvg(Framed({LineOf(points)}));
  const auto lines = Attributes(svg, "polyline", "points");
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(std::count(lines[0].begin(), lines[0].end(), ','),
            static_cast<long>(kMaxLinePoints));
  EXPECT_THAT(lines[0], ::testing::StartsWith("52.0,256.0 "));
  EXPECT_THAT(lines[0], ::testing::EndsWith(" 426.0,48.0"));
}

TEST(PlotTest, DrawsDotsErrorBarsAndFilledAreas) {
  Line dots = LineOf({{0, 0.5}, {5, 0.5}, {10, kNan}});
  dots.dots = true;
  dots.deviations = {0.25, 0, 0.1};
  Line filled = LineOf({{0, 1}, {10, 1}});
  filled.filled = true;
  const std::string svg = PlotSvg(Framed({dots, filled}));
  EXPECT_THAT(Attributes(svg, "circle", "cx"), ElementsAre("52.0", "239.0"));
  EXPECT_THAT(svg, HasSubstr("d=\"M52.0,204.0L52.0,100.0\""));
  EXPECT_THAT(Attributes(svg, "polygon", "points"),
              ElementsAre("52.0,256.0 52.0,48.0 426.0,48.0 426.0,256.0"));
}

TEST(PlotTest, BandIsAsWideAsItsDeviations) {
  Plot plot = Framed({});
  plot.bands = {{{{0, 0.5, 0.125}, {10, 0.5, 0.25}}, 2, 0}};
  EXPECT_THAT(Attributes(PlotSvg(plot), "polygon", "points"),
              ElementsAre("52.0,100.0 426.0,48.0 426.0,256.0 52.0,204.0"));
}

TEST(PlotTest, EveryStyleHasItsOwnColourAndDashes) {
  std::vector<Line> lines;
  for (int i = 0; i < 7; ++i) {
    lines.push_back(LineOf({{0, 0}, {1, 1}}));
    lines.back().style = i;
  }
  const std::string svg = PlotSvg(PlotWith(lines));
  EXPECT_THAT(Attributes(svg, "polyline", "class"),
              ElementsAre("s0", "s1", "s2", "s3", "s4", "s5", "s6"));
  const auto dashes = Attributes(svg, "polyline", "stroke-dasharray");
  EXPECT_NE(dashes[0], dashes[1]);
  EXPECT_NE(dashes[1], dashes[2]);
}

TEST(PlotTest, NamesAreText) {
  Line line = LineOf({{0, 0}, {1, 1}});
  line.name = "<script>alert(1)</script>";
  Plot plot = PlotWith({line});
  plot.title = "\"><script>";
  plot.name = "\"><script>";
  plot.x.label = plot.y.label = "<b>&'";
  const std::string svg = PlotSvg(plot);
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(svg, HasSubstr("id=\"script-frame\""));
}

TEST(PlotTest, WithoutNumbersOrWithHugeOnesItStaysDrawable) {
  for (const std::vector<Point>& points : {std::vector<Point>{},
                                           {{kNan, kNan}},
                                           {{1, 1}},
                                           {{3, 0}, {3, 0}},
                                           {{0, 1e308}, {1, -1e308}},
                                           {{0, 1e-320}, {1, 2e-320}},
                                           {{0, 1e15}, {1, 1e15 + 0.25}}}) {
    for (Scale scale :
         {Scale::kLinear, Scale::kLog, Scale::kRoot, Scale::kRange}) {
      Plot plot = PlotWith({LineOf(points)});
      plot.x.scale = plot.y.scale = scale;
      const std::string svg = PlotSvg(plot);
      EXPECT_THAT(svg, Not(HasSubstr("nan")));
      EXPECT_THAT(svg, Not(HasSubstr("inf")));
    }
  }
}

TEST(PlotTest, StandaloneHasItsColoursInIt) {
  const std::string svg = PlotSvg(PlotWith({LineOf({{0, 0}, {1, 1}})}));
  EXPECT_THAT(svg, Not(HasSubstr("<style>")));
  const std::string alone = StandaloneSvg(svg);
  EXPECT_THAT(alone, HasSubstr("<style>"));
  EXPECT_THAT(alone, HasSubstr("#3b84d0"));
  EXPECT_THAT(alone, Not(HasSubstr("var(")));
}

TEST(AxisTest, LinearTicksAreRoundNumbers) {
  const AxisMap map({}, 0, 1, 0, 400);
  EXPECT_THAT(map.Ticks(30),
              ElementsAre(0, DoubleNear(0.2, 1e-12), DoubleNear(0.4, 1e-12),
                          DoubleNear(0.6, 1e-12), DoubleNear(0.8, 1e-12), 1));
}

TEST(AxisTest, TicksKeepApart) {
  Axis axis;
  axis.ticks = {0, 1, 2, 10};
  EXPECT_THAT(AxisMap(axis, 0, 10, 0, 100).Ticks(15), ElementsAre(0, 2, 10));
}

TEST(AxisTest, LogarithmicScaleHasEqualSteps) {
  Axis axis;
  axis.scale = Scale::kLog;
  const AxisMap map(axis, 1, 100, 0, 200);
  EXPECT_NEAR(map.Place(10), 100, 1e-9);
  EXPECT_NEAR(map.Place(0), 0, 1e-9);
}

TEST(AxisTest, LogarithmicScaleOfZeroIsLinear) {
  Axis axis;
  axis.scale = Scale::kLog;
  EXPECT_NEAR(AxisMap(axis, 0, 100, 0, 200).Place(50), 100, 1e-9);
}

TEST(AxisTest, RootScaleKeepsZero) {
  Axis axis;
  axis.scale = Scale::kRoot;
  const AxisMap map(axis, 0, 1, 0, 100);
  EXPECT_NEAR(map.Place(0), 0, 1e-9);
  EXPECT_NEAR(map.Place(0.25), 50, 1e-9);
}

TEST(AxisTest, RangeIsLogarithmicOnlyOverAFactorOfTwenty) {
  Axis axis;
  axis.scale = Scale::kRange;
  EXPECT_NEAR(AxisMap(axis, 0.01, 1, 0, 100).Place(0.1), 50, 1e-9);
  EXPECT_NEAR(AxisMap(axis, 1, 3, 0, 100).Place(2), 50, 1e-9);
}

TEST(AxisTest, TickTextIsShort) {
  EXPECT_EQ(TickText(0.05), "0.05");
  EXPECT_EQ(TickText(-1e-17), "0");
  EXPECT_EQ(TickText(100), "100");
}

}  // namespace
}  // namespace hypergan::trainer::report
