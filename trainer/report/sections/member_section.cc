// Do the networks differ as functions, and how many of a deep ensemble are they
// worth?
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/column.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

constexpr std::array kEquivalentSizes = {2, 3, 5, 7, 10};

// The NLL of a deep ensemble by its number of members.
struct SizeCurve {
  std::vector<double> sizes, nll;
};

const Group* BaselineOf(const Experiment& experiment) {
  for (const Group& group : experiment.groups) {
    if (group.method == "deep-ensemble" && group.variant == "improved") {
      return &group;
    }
  }
  return nullptr;
}

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

void AppendMeasure(const Experiment& experiment, const std::string& name,
                   double unit, int decimals, std::vector<TableRow>& rows) {
  Column column;
  column.decimals = decimals;
  for (const Group& group : experiment.groups) {
    auto figure = group.Figure(name);
    if (figure) {
      figure->mean *= unit;
      figure->deviation *= unit;
    }
    column.figures.push_back(figure);
  }
  AppendColumn(column, rows);
}

Table MemberTable(const Experiment& experiment) {
  Table table;
  table.head = {"", "disagreement, %", "KL, nats", "correlation of errors",
                "worth a deep ensemble of"};
  for (const Group& group : experiment.groups) {
    table.rows.push_back({{{group.label}}});
  }
  AppendMeasure(experiment, "member_disagreement", 100, 2, table.rows);
  AppendMeasure(experiment, "member_kl", 1, 4, table.rows);
  AppendMeasure(experiment, "member_error_correlation", 1, 3, table.rows);
  const Group* baseline = BaselineOf(experiment);
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

bool HasMembers(const Experiment& experiment) {
  for (const Group& group : experiment.groups) {
    if (group.Figure("member_disagreement")) return true;
  }
  return false;
}

}  // namespace

Section MemberSection(const Collection& collection) {
  Section section{"members", "How the networks differ", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks || !HasMembers(experiment)) continue;
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(MemberTable(experiment));
  }
  return section;
}

}  // namespace hypergan::trainer::report
