// The table against the paper and the baselines.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/figure_column.h"
#include "trainer/report/paper_figures.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr int kSizes[] = {1, 5, 10, 100};

// HyperGAN's published sizes in one row, each other method in its own.
std::vector<TableRow> PublishedRows(const std::string& experiment,
                                    size_t columns) {
  std::vector<TableRow> rows;
  for (const PublishedRow& published : PublishedAccuracy(experiment)) {
    const std::string label = absl::StrCat("Published: ", published.method);
    if (rows.empty() || rows.back().cells[0].text != label) {
      rows.push_back({std::vector<Cell>(columns), true});
      rows.back().cells[0].text = label;
    }
    std::string text = NumberText(published.accuracy, 2);
    if (published.deviation >= 0) {
      absl::StrAppend(&text, " ± ", NumberText(published.deviation, 2));
    }
    // A size that the paper does not state stands with the ensembles.
    size_t column = std::size(kSizes);
    for (size_t i = 0; i < std::size(kSizes); ++i) {
      if (kSizes[i] == published.networks) column = i + 1;
    }
    rows.back().cells[column].text = text;
    if (published.networks == 0) {
      absl::StrAppend(&rows.back().cells[0].text, " (size not stated)");
    }
  }
  return rows;
}

Table AccuracyTable(const Experiment& experiment) {
  const std::vector<Group>& groups = experiment.groups;
  Table table;
  table.head = {"accuracy, %", "1 network", "5", "10", "100", "seeds"};
  table.rows = NamedRows(groups);
  for (int size : kSizes) {
    AppendFigures(groups,
                  {.name = absl::StrCat("accuracy_", size),
                   .unit = 100,
                   .decimals = 2,
                   .best = Best::kGreatest},
                  table.rows);
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    table.rows[i].cells.push_back({absl::StrCat(groups[i].runs.size())});
  }
  for (TableRow& row : PublishedRows(experiment.name, table.head.size())) {
    table.rows.push_back(std::move(row));
  }
  table.caption =
      "Test accuracy of one network (the mean over the ensemble's) and of "
      "ensembles of 5, 10 and 100. Mean ± deviation over seeds; no deviation: "
      "one seed. Strong: the best of our runs. What the published deviations "
      "are over, the paper does not say.";
  return table;
}

Table LikelihoodTable(const Experiment& experiment) {
  const std::vector<Group>& groups = experiment.groups;
  using Result = ExperimentResult;
  Table table;
  table.head = {"",         "NLL, 1 network", "NLL",    "ECE",
                "networks", "training s",     "core s", "device"};
  table.rows = NamedRows(groups);
  for (const char* name : {"nll_1", "nll", "ece"}) {
    AppendFigures(groups, {.name = name, .best = Best::kLeast}, table.rows);
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    table.rows[i].cells.push_back({absl::StrCat(groups[i].first().networks)});
  }
  for (double Result::*seconds :
       {&Result::training_seconds, &Result::core_seconds}) {
    Column column;
    column.decimals = 0;
    for (const Group& group : groups) {
      column.figures.emplace_back(
          group.Over([&](const Result& run) { return run.*seconds; }));
    }
    AppendColumn(column, table.rows);
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    table.rows[i].cells.push_back({groups[i].first().device});
  }
  table.caption =
      "Negative log-likelihood (nats) of one network, without a temperature, "
      "and of the whole ensemble, of so many; the ensemble's expected "
      "calibration "
      "error (15 bins); seconds of training by the clock and of the process's "
      "cores, evaluation included, which compare on one device alone.";
  return table;
}

}  // namespace

Section AccuracySection(const Collection& collection) {
  Section section{"accuracy", "Against the paper and the baselines", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks || !experiment.HasFigure("accuracy_1"))
      continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(AccuracyTable(experiment));
    section.blocks.emplace_back(LikelihoodTable(experiment));
  }
  return section;
}

}  // namespace hypergan::trainer::report
