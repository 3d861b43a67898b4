#pragma once

#include <string>
#include <vector>

#include "trainer/report/collection.h"
#include "trainer/report/document.h"
#include "trainer/report/drawing/plot.h"

namespace hypergan::trainer::report {

// What to draw of the epochs: a figure, times `factor`. With `beside`, of the
// epochs alone where that figure is not 0, as what a method lacks is.
struct EpochPlot {
  std::string figure;
  std::string title;
  Axis y;
  double factor = 1;
  std::string beside = "";
};

// Its curves: one line a run, in its group's style; the legend has each group
// once. No lines where no epoch has the figure.
std::vector<Line> EpochCurves(const Experiment& experiment,
                              const EpochPlot& wanted);

// A plot of its curves, appended to `drawings` if there are any.
void AppendEpochPlot(const Experiment& experiment, const EpochPlot& wanted,
                     Drawings& drawings);

}  // namespace hypergan::trainer::report
