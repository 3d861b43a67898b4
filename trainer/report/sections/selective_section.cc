// What the uncertainty buys: answers only where it is low, and sets of classes.
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/figure_column.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

struct SelectiveFigure {
  const char* head;
  FigureColumn column;
};

std::vector<SelectiveFigure> SelectiveFigures() {
  return {
      {"AURC, thousandths", {"aurc", 1000, 2, Best::kLeast}},
      {"accuracy at 95 %", {"accuracy_at_95", 100, 2, Best::kGreatest}},
      {"at 90 %", {"accuracy_at_90", 100, 2, Best::kGreatest}},
      {"at 80 %", {"accuracy_at_80", 100, 2, Best::kGreatest}},
      {"AUROC of errors", {"error_auroc", 1, 4, Best::kGreatest}},
      {"classes in a 95 % set", {"conformal_size_95", 1, 3, Best::kLeast}},
      {"it holds the label, %", {"conformal_coverage_95", 100, 2}},
  };
}

Table SelectiveTable(const Experiment& experiment) {
  Table table;
  table.head = {""};
  table.rows = NamedRows(experiment.groups);
  for (const SelectiveFigure& shown : SelectiveFigures()) {
    table.head.emplace_back(shown.head);
    AppendFigures(experiment.groups, shown.column, table.rows);
  }
  table.caption =
      "By predictive entropy: the area under the curve of the error rate by "
      "coverage, the accuracy on the 95, 90 and 80 % of the test rows with the "
      "least entropy, and how it tells wrong answers from right ones. Then "
      "the prediction sets of 95 % that the server gives.";
  return table;
}

}  // namespace

Section SelectiveSection(const Collection& collection) {
  Section section{"selective", "Answers only where they are sure", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks || !experiment.HasFigure("aurc")) continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(SelectiveTable(experiment));
  }
  return section;
}

}  // namespace hypergan::trainer::report
