#include "trainer/report/drawing/column.h"

#include <cmath>
#include <cstddef>

namespace hypergan::trainer::report {
namespace {

// The best mean; none with fewer than two to compare.
std::optional<double> BestOf(const Column& column) {
  std::optional<double> best;
  int compared = 0;
  for (const auto& figure : column.figures) {
    if (!figure || !std::isfinite(figure->mean)) continue;
    ++compared;
    const bool better =
        !best || (column.best == Best::kGreatest ? figure->mean > *best
                                                 : figure->mean < *best);
    if (better) best = figure->mean;
  }
  if (column.best == Best::kNone || compared < 2) return std::nullopt;
  return best;
}

}  // namespace

void AppendColumn(const Column& column, std::vector<TableRow>& rows) {
  const std::optional<double> best = BestOf(column);
  for (size_t i = 0; i < column.figures.size(); ++i) {
    const auto& figure = column.figures[i];
    if (!figure) {
      rows[i].cells.push_back({""});
      continue;
    }
    rows[i].cells.push_back(
        {SpreadText(*figure, column.decimals), best && figure->mean == *best});
  }
}

}  // namespace hypergan::trainer::report
