// The regression's figures and its bands.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/column.h"
#include "trainer/report/drawing/regression_plot.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

bool HasRegression(const Experiment& experiment) {
  return std::any_of(experiment.groups.begin(), experiment.groups.end(),
                     [](const Group& group) {
                       return group.Figure("rmse") ||
                              !group.first().bands.empty();
                     });
}

Table RegressionTable(const Experiment& experiment) {
  Table table;
  table.head = {
      "", "RMSE, 1 network", "RMSE", "mean deviation", "training s", "seeds"};
  for (const Group& group : experiment.groups) {
    table.rows.push_back({{{group.label}}});
  }
  for (const auto& [name, best] :
       {std::pair("rmse_1", Best::kLeast), std::pair("rmse", Best::kLeast),
        std::pair("mean_deviation", Best::kNone)}) {
    Column column{{}, 3, best};
    for (const Group& group : experiment.groups) {
      column.figures.push_back(group.Figure(name));
    }
    AppendColumn(column, table.rows);
  }
  Column seconds{{}, 1, Best::kNone};
  for (const Group& group : experiment.groups) {
    seconds.figures.push_back(group.Over(
        [](const ExperimentResult& run) { return run.training_seconds; }));
  }
  AppendColumn(seconds, table.rows);
  for (size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i].cells.push_back(
        {absl::StrCat(experiment.groups[i].runs.size())});
  }
  table.caption =
      "Root mean square error of one network and of the ensemble's mean "
      "against the true curve, and the mean of the predicted deviations, in "
      "the units of y. Mean ± deviation over seeds.";
  return table;
}

Drawing BandDrawing(const Experiment& experiment, const Group& group,
                    size_t index) {
  const ExperimentResult& run = group.first();
  const BandResult& band = run.bands[index];
  RegressionPlot plot;
  plot.num_networks = band.networks;
  for (size_t i = 0; i < run.observations_x.size(); ++i) {
    plot.observations.push_back({run.observations_x[i], run.observations_y[i]});
  }
  for (size_t i = 0; i < band.x.size(); ++i) {
    plot.truth.push_back({band.x[i], band.truth[i]});
    plot.band.push_back({band.x[i], band.mean[i], band.deviation[i]});
  }
  Plot drawing = PlotOf(plot);
  drawing.name =
      absl::StrCat("band-", experiment.slug, "-", group.slug, "-", index);
  drawing.title = absl::StrCat(group.label, ", ", band.networks, " networks");
  return {drawing.name, PlotSvg(drawing), drawing.title};
}

}  // namespace

Section RegressionSection(const Collection& collection) {
  Section section{"regression", "Regression", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (!HasRegression(experiment)) continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(RegressionTable(experiment));
    Drawings drawings;
    for (const Group& group : experiment.groups) {
      for (size_t i = 0; i < group.first().bands.size(); ++i) {
        drawings.drawings.push_back(BandDrawing(experiment, group, i));
      }
    }
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "The ensemble's mean with bands of one and three standard deviations "
        "of its networks, first seed. What to look for: the bands must widen "
        "where there are no training rows, and hold the true curve.";
    section.blocks.emplace_back(std::move(drawings));
  }
  return section;
}

}  // namespace hypergan::trainer::report
