// What the uncertainty buys: answers only where it is low, and sets of classes.
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/drawing/column.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

struct SelectiveFigure {
  const char* name;
  const char* head;
  double unit;
  int decimals;
  Best best;
};

constexpr SelectiveFigure kSelectiveFigures[] = {
    {"aurc", "AURC, thousandths", 1000, 2, Best::kLeast},
    {"accuracy_at_95", "accuracy at 95 %", 100, 2, Best::kGreatest},
    {"accuracy_at_90", "at 90 %", 100, 2, Best::kGreatest},
    {"accuracy_at_80", "at 80 %", 100, 2, Best::kGreatest},
    {"error_auroc", "AUROC of errors", 1, 4, Best::kGreatest},
    {"conformal_size_95", "classes in a 95 % set", 1, 3, Best::kLeast},
    {"conformal_coverage_95", "it holds the label, %", 100, 2, Best::kNone},
};

bool HasCurve(const Experiment& experiment) {
  for (const Group& group : experiment.groups) {
    if (group.Figure("aurc")) return true;
  }
  return false;
}

Table SelectiveTable(const Experiment& experiment) {
  Table table;
  table.head = {""};
  for (const Group& group : experiment.groups) {
    table.rows.push_back({{{group.label}}});
  }
  for (const SelectiveFigure& shown : kSelectiveFigures) {
    table.head.emplace_back(shown.head);
    Column column;
    column.decimals = shown.decimals;
    column.best = shown.best;
    for (const Group& group : experiment.groups) {
      auto figure = group.Figure(shown.name);
      if (figure) {
        figure->mean *= shown.unit;
        figure->deviation *= shown.unit;
      }
      column.figures.push_back(figure);
    }
    AppendColumn(column, table.rows);
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
    if (experiment.shares_networks || !HasCurve(experiment)) continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(SelectiveTable(experiment));
  }
  return section;
}

}  // namespace hypergan::trainer::report
