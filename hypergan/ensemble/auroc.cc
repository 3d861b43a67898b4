#include "hypergan/ensemble/auroc.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace hypergan {

double Auroc(absl::Span<const double> inside,
             absl::Span<const double> outside) {
  if (inside.empty() || outside.empty()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<std::pair<double, bool>> rows;  // score, is it from outside
  rows.reserve(inside.size() + outside.size());
  for (double score : inside) rows.emplace_back(score, false);
  for (double score : outside) rows.emplace_back(score, true);
  std::sort(rows.begin(), rows.end());

  // Each outside row beats the inside rows below it and half of its equals.
  double wins = 0;
  double inside_below = 0;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin;
    double inside_equal = 0;
    double outside_equal = 0;
    for (; end < rows.size() && rows[end].first == rows[begin].first; ++end) {
      (rows[end].second ? outside_equal : inside_equal) += 1;
    }
    wins += outside_equal * (inside_below + inside_equal / 2);
    inside_below += inside_equal;
    begin = end;
  }
  return wins / (static_cast<double>(inside.size()) *
                 static_cast<double>(outside.size()));
}

}  // namespace hypergan
