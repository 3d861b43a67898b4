#pragma once

#include <string>
#include <vector>

#include "trainer/report/collection.h"
#include "trainer/report/document.h"
#include "trainer/report/plot.h"

namespace hypergan::trainer::report {

// A figure of the epochs, times `factor`: one line a run, in its group's style;
// the legend has each group once. No lines where no epoch has the figure. With
// `beside`, of the epochs alone where that figure is not 0, as what a method
// lacks is.
std::vector<Line> EpochCurves(const Experiment& experiment,
                              const std::string& figure, double factor = 1,
                              const std::string& beside = "");

// A plot of such curves, appended to `drawings` if there are any.
struct EpochPlot {
  std::string figure;
  std::string title;
  Axis y;
  double factor = 1;
  std::string beside = "";
};
void AppendEpochPlot(const Experiment& experiment, const EpochPlot& wanted,
                     Drawings& drawings);

}  // namespace hypergan::trainer::report
