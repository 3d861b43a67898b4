#include "trainer/report/figure_column.h"

#include <optional>

namespace hypergan::trainer::report {

std::vector<TableRow> NamedRows(const std::vector<Group>& groups) {
  std::vector<TableRow> rows;
  rows.reserve(groups.size());
  for (const Group& group : groups) rows.push_back({{{group.label}}});
  return rows;
}

void AppendFigures(const std::vector<Group>& groups, const FigureColumn& column,
                   std::vector<TableRow>& rows) {
  Column shown;
  shown.decimals = column.decimals;
  shown.best = column.best;
  for (const Group& group : groups) {
    std::optional<Spread> figure = group.Figure(column.name);
    if (figure) {
      figure->mean *= column.unit;
      figure->deviation *= column.unit;
    }
    shown.figures.push_back(figure);
  }
  AppendColumn(shown, rows);
}

}  // namespace hypergan::trainer::report
