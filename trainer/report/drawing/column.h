#pragma once

#include <optional>
#include <vector>

#include "trainer/report/document.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {

// What makes a figure the best of its column.
enum class Best { kNone, kGreatest, kLeast };

// One column of a table: a figure a row, none where a row has none.
struct Column {
  std::vector<std::optional<Spread>> figures;
  int decimals = 4;
  Best best = Best::kNone;  // set strong, if there are others
};

// Appends the column's cells to the rows, as many as there are figures.
void AppendColumn(const Column& column, std::vector<TableRow>& rows);

}  // namespace hypergan::trainer::report
