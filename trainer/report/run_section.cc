// Every run, with what runs it again.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/sections.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

TableRow RowOf(const Group& group, const ExperimentResult& run) {
  TableRow row;
  for (const std::string& text :
       {group.label, absl::StrCat(run.seed), run.date,
        NumberText(run.training_seconds, 0), NumberText(run.core_seconds, 0),
        absl::StrCat(run.threads), absl::StrCat(run.networks),
        absl::StrCat(run.parameters), run.program_version}) {
    row.cells.push_back({text});
  }
  return row;
}

}  // namespace

Section RunSection(const Collection& collection) {
  Section section{"runs", "The runs", {}};
  for (const Experiment& experiment : collection.experiments) {
    Table table;
    table.head = {"",        "seed",     "date",       "training s", "core s",
                  "threads", "networks", "parameters", "version"};
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
    if (!commands.lines.empty()) {
      section.blocks.emplace_back(std::move(commands));
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
