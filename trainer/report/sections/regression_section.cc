// The regression's figures and its bands.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "trainer/methods/method_table.h"
#include "trainer/report/band_figures.h"
#include "trainer/report/drawing/column.h"
#include "trainer/report/drawing/regression_plot.h"
#include "trainer/report/figure_column.h"
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
  table.rows = NamedRows(experiment.groups);
  for (const FigureColumn& column : {FigureColumn{"rmse_1", 1, 3, Best::kLeast},
                                     FigureColumn{"rmse", 1, 3, Best::kLeast},
                                     FigureColumn{"mean_deviation", 1, 3}}) {
    AppendFigures(experiment.groups, column, table.rows);
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

// Of the curve that the paper's experiment is of: its noise, and where it has
// training rows and where not (data/generated.h).
constexpr absl::string_view kCurve = "regression-1d";
constexpr double kNoise = 3;
constexpr Reach kInside = {.from = -1, .to = 4};
constexpr Reach kOutside = {.from = 4, .to = 6};

// The band of all networks.
const BandResult& WholeBand(const ExperimentResult& run) {
  return run.bands.back();
}

// `figure` of each run's band, over seeds; none where a run has none.
template <typename Figure>
std::optional<Spread> OverBands(const Group& group, Figure figure) {
  std::vector<double> values;
  for (const ExperimentResult& run : group.runs) {
    if (run.bands.empty()) return std::nullopt;
    const std::optional<double> value = figure(WholeBand(run));
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return SpreadOf(values);
}

template <typename Figure>
void AppendBandColumn(const Experiment& experiment, int decimals, Best best,
                      Figure figure, Table* table) {
  Column column{{}, decimals, best};
  for (const Group& group : experiment.groups) {
    column.figures.push_back(OverBands(group, figure));
  }
  AppendColumn(column, table->rows);
}

Table EmptyTable(const Experiment& experiment, std::vector<std::string> head) {
  Table table;
  table.head = std::move(head);
  table.rows = NamedRows(experiment.groups);
  return table;
}

Table NoiseTable(const Experiment& experiment) {
  Table table = EmptyTable(experiment, {"", "inside: in 95 %", "NLL", "CRPS",
                                        "outside: in 95 %", "NLL", "CRPS"});
  for (const Reach& reach : {kInside, kOutside}) {
    const auto figure = [&](double BandFigures::*member) {
      return [member, reach](const BandResult& band) -> std::optional<double> {
        const auto figures = FiguresOfBand(band, kNoise, reach);
        if (!figures) return std::nullopt;
        return *figures.*member;
      };
    };
    AppendBandColumn(experiment, 3, Best::kNone, figure(&BandFigures::coverage),
                     &table);
    AppendBandColumn(experiment, 2, Best::kLeast, figure(&BandFigures::nll),
                     &table);
    AppendBandColumn(experiment, 2, Best::kLeast, figure(&BandFigures::crps),
                     &table);
  }
  table.caption = absl::StrCat(
      "Of new observations, with the noise of the data, ", kNoise,
      ", in the prediction: the share that its central 95 % hold, the negative "
      "log density and the continuous ranked probability score, expected over "
      "the noise. Inside: where the training rows are, |x| <= 4; outside: 4 < "
      "|x| <= 6.");
  return table;
}

std::optional<Table> ReferenceTable(const Experiment& experiment) {
  const Group* reference = experiment.Find(MethodName(Method::kHmc), "paper");
  if (reference == nullptr || reference->first().bands.empty()) {
    return std::nullopt;
  }
  Table table =
      EmptyTable(experiment, {"", "inside: from its mean", "deviation / its",
                              "outside: from its mean", "deviation / its"});
  for (const Reach& reach : {kInside, kOutside}) {
    const auto figure = [&](double BandDifference::*member) {
      return [=](const BandResult& band) -> std::optional<double> {
        const auto difference =
            DifferenceOf(band, WholeBand(reference->first()), reach);
        if (!difference) return std::nullopt;
        return *difference.*member;
      };
    };
    AppendBandColumn(experiment, 2, Best::kNone,
                     figure(&BandDifference::of_means), &table);
    AppendBandColumn(experiment, 2, Best::kNone,
                     figure(&BandDifference::deviation_ratio), &table);
  }
  table.caption =
      "Beside Hamiltonian Monte Carlo, which samples the exact posterior under "
      "a normal prior, three times as wide as an ordinary network's initial "
      "weights: the root mean "
      "square of the difference of the ensemble's means, in the units of y, "
      "and the mean deviation of the networks over its. Its own row compares "
      "its seeds with the first.";
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
    if (experiment.name == kCurve) {
      section.blocks.emplace_back(NoiseTable(experiment));
      if (std::optional<Table> table = ReferenceTable(experiment)) {
        section.blocks.emplace_back(*std::move(table));
      }
    }
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
