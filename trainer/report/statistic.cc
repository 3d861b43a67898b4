#include "trainer/report/statistic.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hypergan::trainer::report {

Spread SpreadOf(const std::vector<double>& figures) {
  Spread spread;
  spread.runs = figures.size();
  const double n = static_cast<double>(figures.size());
  for (double figure : figures) spread.mean += figure / n;
  if (figures.size() < 2) return spread;
  double squares = 0;
  for (double figure : figures) {
    squares += (figure - spread.mean) * (figure - spread.mean);
  }
  spread.deviation = std::sqrt(squares / (n - 1));
  return spread;
}

std::string NumberText(double number, int decimals) {
  if (!std::isfinite(number)) return "no number";
  return absl::StrFormat("%.*f", decimals, number);
}

std::string SpreadText(const Spread& spread, int decimals) {
  if (!std::isfinite(spread.mean) || spread.runs < 2) {
    return NumberText(spread.mean, decimals);
  }
  return absl::StrCat(NumberText(spread.mean, decimals), " ± ",
                      NumberText(spread.deviation, decimals));
}

}  // namespace hypergan::trainer::report
