// Every run, with what runs it again.
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

TableRow RowOf(const Group& group, const ExperimentResult& run) {
  TableRow row;
  for (const std::string& text :
       {group.label, absl::StrCat(run.seed), run.date,
        NumberText(run.training_seconds, 0), NumberText(run.core_seconds, 0),
        run.device, absl::StrCat(run.threads), absl::StrCat(run.networks),
        absl::StrCat(run.parameters), run.program_version}) {
    row.cells.push_back({text});
  }
  return row;
}

// Those that have no place in another section's table.
constexpr absl::string_view kShownElsewhere[] = {
    "accuracy_1", "accuracy_5", "accuracy_10", "accuracy_100", "nll_1", "nll",
    "ece", "rmse_1", "rmse", "mean_deviation",
    // In the sections of differences, members and selective answers, and in
    // the plot by ensemble size.
    "ece_floor", "ece_floor_deviation", "member_disagreement", "member_kl",
    "member_error_correlation", "aurc", "accuracy_at_95", "accuracy_at_90",
    "accuracy_at_80", "error_auroc", "conformal_size_95",
    "conformal_coverage_95", "accuracy_2", "accuracy_3", "accuracy_7",
    "accuracy_20", "accuracy_50"};

std::set<std::string> OtherFigures(const Experiment& experiment) {
  std::set<std::string> names;
  for (const Group& group : experiment.groups) {
    for (const ExperimentResult& run : group.runs) {
      for (const auto& [name, value] : run.figures) names.insert(name);
    }
  }
  for (absl::string_view shown : kShownElsewhere) {
    names.erase(std::string(shown));
  }
  return names;
}

// One row a method and figure.
Table OtherFiguresTable(const Experiment& experiment,
                        const std::set<std::string>& names) {
  Table table;
  table.head = {"other figures", "", "seeds"};
  for (const std::string& name : names) {
    for (const Group& group : experiment.groups) {
      const std::optional<Spread> figure = group.Figure(name);
      if (!figure) continue;
      table.rows.push_back({{{absl::StrCat(name, ": ", group.label)},
                             {SpreadText(*figure, 6)},
                             {absl::StrCat(figure->runs)}}});
    }
  }
  table.caption =
      "Figures on the test rows that no table above shows, by their names in "
      "result.json. Mean ± deviation over seeds.";
  return table;
}

}  // namespace

Section RunSection(const Collection& collection) {
  Section section{"runs", "The runs", {}};
  for (const Experiment& experiment : collection.experiments) {
    Table table;
    table.head = {"",       "seed",    "date",     "training s", "core s",
                  "device", "threads", "networks", "parameters", "version"};
    Code commands;
    for (const Group& group : experiment.groups) {
      for (const ExperimentResult& run : group.runs) {
        table.rows.push_back(RowOf(group, run));
        if (!run.command.empty()) commands.lines.push_back(run.command);
      }
    }
    table.caption =
        "Seconds by the clock and of the process's cores, evaluation included; "
        "networks that the figures are of; parameters of the target network.";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(table));
    const std::set<std::string> others = OtherFigures(experiment);
    if (!others.empty()) {
      section.blocks.emplace_back(OtherFiguresTable(experiment, others));
    }
    if (!commands.lines.empty()) {
      section.blocks.emplace_back(std::move(commands));
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
