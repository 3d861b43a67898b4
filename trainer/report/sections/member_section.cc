// Do the networks differ as functions, and how many of a deep ensemble are they
// worth?
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/figure_column.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

constexpr std::array kEquivalentSizes = {2, 3, 5, 7, 10};

// The NLL of a deep ensemble by its number of members.
struct SizeCurve {
  std::vector<double> sizes, nll;
};

SizeCurve CurveOf(const Group& group) {
  SizeCurve curve;
  for (const int size : kEquivalentSizes) {
    const auto nll = group.Figure(absl::StrCat("nll_", size));
    if (!nll) continue;
    curve.sizes.push_back(size);
    curve.nll.push_back(nll->mean);
  }
  return curve;
}

// The size at which the curve has this NLL, between two of its points.
std::string EquivalentText(const SizeCurve& curve, double nll) {
  if (curve.nll.size() < 2) return "";
  if (nll > curve.nll.front()) {
    return absl::StrCat("below ", NumberText(curve.sizes.front(), 0));
  }
  for (size_t i = 1; i < curve.nll.size(); ++i) {
    if (nll < curve.nll[i]) continue;
    const double drop = curve.nll[i - 1] - curve.nll[i];
    const double share = drop > 0 ? (curve.nll[i - 1] - nll) / drop : 1;
    return NumberText(
        curve.sizes[i - 1] + share * (curve.sizes[i] - curve.sizes[i - 1]), 1);
  }
  return absl::StrCat("above ", NumberText(curve.sizes.back(), 0));
}

Table MemberTable(const Experiment& experiment) {
  Table table;
  table.head = {"", "disagreement, %", "KL, nats", "correlation of errors",
                "worth a deep ensemble of"};
  table.rows = NamedRows(experiment.groups);
  for (const FigureColumn& column :
       {FigureColumn{"member_disagreement", 100, 2},
        FigureColumn{"member_kl", 1, 4},
        FigureColumn{"member_error_correlation", 1, 3}}) {
    AppendFigures(experiment.groups, column, table.rows);
  }
  const Group* baseline = experiment.Find("deep-ensemble", "improved");
  const SizeCurve curve =
      baseline != nullptr ? CurveOf(*baseline) : SizeCurve();
  for (size_t i = 0; i < experiment.groups.size(); ++i) {
    const auto nll = experiment.groups[i].Figure("nll");
    table.rows[i].cells.push_back(
        {nll ? EquivalentText(curve, nll->mean) : ""});
  }
  table.caption =
      "Means over pairs of networks: how often two choose different classes, "
      "how far apart their probabilities are, and whether they err on the same "
      "rows (1: always). Last: the members of the improved deep ensemble that "
      "have the same NLL (Ashukha et al. 2020), by straight lines between 2, "
      "3, 5, 7 and 10.";
  return table;
}

}  // namespace

Section MemberSection(const Collection& collection) {
  Section section{"members", "How the networks differ", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks ||
        !experiment.HasFigure("member_disagreement"))
      continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(MemberTable(experiment));
  }
  return section;
}

}  // namespace hypergan::trainer::report
