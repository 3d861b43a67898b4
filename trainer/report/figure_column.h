#pragma once

#include <string>
#include <vector>

#include "trainer/report/collection.h"
#include "trainer/report/document.h"
#include "trainer/report/drawing/column.h"

namespace hypergan::trainer::report {

// A column of a table that has a row for each group.
struct FigureColumn {
  std::string name;  // of the figure in result.json
  double unit = 1;   // that it is multiplied by; 100 for percent
  int decimals = 4;
  Best best = Best::kNone;
};

// A row with the label of each group.
std::vector<TableRow> NamedRows(const std::vector<Group>& groups);

// Appends the groups' figures to their rows; an empty cell where one has none.
void AppendFigures(const std::vector<Group>& groups, const FigureColumn& column,
                   std::vector<TableRow>& rows);

}  // namespace hypergan::trainer::report
