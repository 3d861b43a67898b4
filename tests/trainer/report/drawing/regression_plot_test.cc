#include "trainer/report/drawing/regression_plot.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hypergan::trainer {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RegressionPlotTest, DrawsBandsCurvesAndObservations) {
  RegressionPlot plot;
  plot.observations = {{0, 0}, {1, 1}};
  plot.truth = {{-1, -1}, {2, 2}};
  plot.band = {{-1, -1, 0.5}, {2, 2, 1}};
  plot.num_networks = 100;
  const std::string svg = RegressionPlotSvg(plot);
  EXPECT_THAT(svg, HasSubstr("Mean of 100 networks"));
  size_t circles = 0;
  for (size_t at = svg.find("<circle"); at != std::string::npos;
       at = svg.find("<circle", at + 1)) {
    ++circles;
  }
  EXPECT_EQ(circles, 2u);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(RegressionPlotTest, DrawsWhereTheTruthIsExpected) {
  RegressionPlot plot;
  plot.truth = {{0, 0}, {1, 1}};
  plot.band = {{0, 0, 3}, {1, 1, 0}};
  plot.noise = 4;
  const report::Plot drawing = PlotOf(plot);
  ASSERT_EQ(drawing.lines.size(), 4u);  // the mean, the truth, two ends
  const double wide = 1.959963984540054 * 5, narrow = 1.959963984540054 * 4;
  EXPECT_NEAR(drawing.lines[2].points[0].y, -wide, 1e-9);
  EXPECT_NEAR(drawing.lines[3].points[0].y, wide, 1e-9);
  EXPECT_NEAR(drawing.lines[3].points[1].y, 1 + narrow, 1e-9);
  EXPECT_THAT(RegressionPlotSvg(plot), HasSubstr("95 % of the truth"));
  plot.noise = 0;
  EXPECT_EQ(PlotOf(plot).lines.size(), 2u);
}

TEST(RegressionPlotTest, FlatDataStaysDrawable) {
  RegressionPlot plot;
  plot.observations = {{0, 1}, {1, 1}};
  plot.truth = {{0, 1}, {1, 1}};
  plot.band = {{0, 1, 0}, {1, 1, 0}};
  EXPECT_THAT(RegressionPlotSvg(plot), Not(HasSubstr("nan")));
}

TEST(RegressionPlotTest, AnExplodingBandDoesNotFlattenTheCurve) {
  RegressionPlot plot;
  plot.truth = {{0, 0}, {1, 1}};
  plot.band = {{0, 0, 1e9}, {1, 1, 1e9}};
  const report::Plot drawing = PlotOf(plot);
  EXPECT_NEAR(*drawing.y.most, 1.15, 1e-9);
  EXPECT_THAT(PlotSvg(drawing), Not(HasSubstr("e+")));
}

TEST(RegressionPlotTest, IsDrawnAsText) {
  RegressionPlot plot;
  plot.observations = {{1, 0}, {99, 0}};  // the second lies beside it
  plot.truth = {{0, -1}, {2, 1}};
  // In steps of 0.65, 3 deviations are 0, 0.6, 1.2, 1.7 and 2.3.
  plot.band = {{0, 0, 0}, {2, 0, 0.5}};
  plot.num_networks = 7;
  EXPECT_EQ(RegressionPlotText(plot, 5, 5),
            "     1.3 |   ░·\n"
            "         | ░░▒▒\n"
            "         |██o██\n"
            "         | ░░▒▒\n"
            "    -1.3 |·  ░░\n"
            "         +-----\n"
            "          0   2\n"
            "          o training rows   · true curve   █ mean of 7 networks   "
            "▒░ within 1 and 3 deviations\n");
}

TEST(RegressionPlotTest, TextStaysWithinItsFrame) {
  RegressionPlot plot;
  plot.band = {{0, 0, 1e9}, {1, std::nan(""), 1}, {2, 1, 1e300}};
  plot.observations = {{0.5, -1e9}, {std::nan(""), 0}};
  EXPECT_THAT(RegressionPlotText(plot, 40, 10), HasSubstr("+----"));
  plot.band.clear();
  EXPECT_EQ(RegressionPlotText(plot), "");
}

}  // namespace
}  // namespace hypergan::trainer
