#include "trainer/report/drawing/epoch_curves.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/markup.h"

namespace hypergan::trainer::report {
namespace {

bool HasPart(const EpochResult& epoch, const std::string& beside) {
  if (beside.empty()) return true;
  const auto value = epoch.figures.find(beside);
  return value != epoch.figures.end() && value->second != 0;
}

}  // namespace

std::vector<Line> EpochCurves(const Experiment& experiment,
                              const EpochPlot& wanted) {
  std::vector<Line> lines;
  for (const Group& group : experiment.groups) {
    bool named = false;
    for (const ExperimentResult& run : group.runs) {
      Line line{.name = named ? "" : group.label, .style = group.style};
      for (const EpochResult& epoch : run.epochs) {
        const auto value = epoch.figures.find(wanted.figure);
        if (value == epoch.figures.end()) continue;
        if (!HasPart(epoch, wanted.beside)) continue;
        line.points.push_back(
            {static_cast<double>(epoch.epoch), wanted.factor * value->second});
      }
      if (line.points.empty()) continue;
      line.dots = line.points.size() == 1;  // a line would not show
      named = true;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void AppendEpochPlot(const Experiment& experiment, const EpochPlot& wanted,
                     Drawings& drawings) {
  Plot plot;
  plot.name =
      absl::StrCat("epochs-", experiment.slug, "-", Slug(wanted.figure));
  plot.title = wanted.title;
  plot.x = {.label = "epoch"};
  plot.y = wanted.y;
  plot.lines = EpochCurves(experiment, wanted);
  if (plot.lines.empty()) return;
  drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
}

}  // namespace hypergan::trainer::report
