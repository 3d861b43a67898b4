// What is more than chance: intervals, and differences from deep ensembles.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/short_list.h"
#include "trainer/report/bootstrap.h"
#include "trainer/report/sections/sections.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMostNamed = 8;  // runs, in a sentence

// Of a group, by replicate.
struct Replicates {
  const Group* group;
  std::vector<const ExperimentResult*> runs;  // that have these rows
  std::vector<double> accuracy;               // %
  std::vector<double> nll;
};

std::vector<float> PercentRight(const ExperimentResult& run) {
  std::vector<float> values;
  values.reserve(run.row_right.size());
  for (const uint8_t right : run.row_right) {
    values.push_back(right != 0 ? 100.0F : 0.0F);
  }
  return values;
}

// Runs that kept other rows, or none, cannot be compared row by row. They are
// told of in `left_out`.
std::optional<Replicates> ReplicatesOf(const Group& group, uint64_t stream,
                                       const RowBootstrap& bootstrap,
                                       std::vector<std::string>* left_out) {
  std::vector<std::vector<double>> accuracy, nll;
  std::vector<const ExperimentResult*> runs;
  for (const ExperimentResult& run : group.runs) {
    if (run.row_right.size() != bootstrap.rows()) {
      left_out->push_back(absl::StrCat(group.label, ", seed ", run.seed, " (",
                                       run.row_right.size(), ")"));
      continue;
    }
    runs.push_back(&run);
    accuracy.push_back(bootstrap.Means(PercentRight(run)));
    nll.push_back(bootstrap.Means(run.row_losses));
  }
  if (accuracy.empty()) return std::nullopt;
  return Replicates{&group, runs, MeansOverSeeds(accuracy, stream),
                    MeansOverSeeds(nll, stream)};
}

// The number of rows that most runs kept, the greatest of several; 0 if none
// kept any.
size_t RowsOf(const Experiment& experiment) {
  std::map<size_t, int> runs;
  for (const Group& group : experiment.groups) {
    for (const ExperimentResult& run : group.runs) {
      if (!run.row_right.empty()) ++runs[run.row_right.size()];
    }
  }
  std::pair<int, size_t> most;
  for (const auto& [rows, count] : runs) {
    most = std::max(most, {count, rows});
  }
  return most.second;
}

// The best form of the deep ensemble of ten that has no help of the HyperGAN's.
const Replicates* BaselineOf(const std::vector<Replicates>& all) {
  const Replicates* baseline = nullptr;
  for (const Replicates& each : all) {
    if (each.group->method != "deep-ensemble") continue;
    if (each.group->variant == "improved") return &each;
    if (each.group->variant == "paper") baseline = &each;
  }
  return baseline;
}

// Deep ensembles that are more like some of the HyperGANs than the baseline: as
// few members, or the same outliers.
bool IsControl(const Replicates& each) {
  const std::string& variant = each.group->variant;
  return each.group->method == "deep-ensemble" &&
         (absl::StartsWith(variant, "improved-of-") ||
          variant == "improved-with-outliers");
}

std::string CalibrationText(const Replicates& each) {
  const auto ece = FigureOf(each.runs, "ece");
  const auto floor = FigureOf(each.runs, "ece_floor");
  const auto deviation = FigureOf(each.runs, "ece_floor_deviation");
  if (!ece) return "";
  if (!floor || !deviation) return SpreadText(*ece, 4);
  return absl::StrCat(SpreadText(*ece, 4), "; ", NumberText(floor->mean, 4),
                      " ± ", NumberText(deviation->mean, 4));
}

Table IntervalTable(const std::vector<Replicates>& all) {
  Table table;
  table.head = {"", "accuracy, %", "NLL", "ECE; its floor", "seeds"};
  for (const Replicates& each : all) {
    table.rows.push_back({{{each.group->label},
                           {IntervalText(IntervalOf(each.accuracy), 2)},
                           {IntervalText(IntervalOf(each.nll), 4)},
                           {CalibrationText(each)},
                           {absl::StrCat(each.runs.size())}}});
  }
  table.caption =
      "In brackets the central 95 % of 1,000 bootstrap replicates over test "
      "rows and seeds. The floor is the ECE that confidences which are right "
      "have by chance, ± its deviation.";
  return table;
}

// `better` is the sign of a difference that is one.
std::string Verdict(const Interval& difference, int better) {
  if (!std::isfinite(difference.low) || !std::isfinite(difference.high)) {
    return "no number";
  }
  if (difference.HoldsZero()) return "cannot be told apart";
  return (difference.mean > 0) == (better > 0) ? "better" : "worse";
}

Table DifferenceTable(const std::vector<const Replicates*>& all,
                      const Replicates& baseline) {
  Table table;
  table.head = {absl::StrCat("against: ", baseline.group->label),
                "accuracy, points", "", "NLL", ""};
  for (const Replicates* each : all) {
    if (each == &baseline) continue;
    const Interval accuracy = DifferenceOf(each->accuracy, baseline.accuracy);
    const Interval nll = DifferenceOf(each->nll, baseline.nll);
    table.rows.push_back({{{each->group->label},
                           {DifferenceText(accuracy, 2)},
                           {Verdict(accuracy, 1)},
                           {DifferenceText(nll, 4)},
                           {Verdict(nll, -1)}}});
  }
  table.caption =
      "A method less the ensemble, paired by test row. Where the interval "
      "holds 0, the two cannot be told apart.";
  return table;
}

// All methods against the baseline, and HyperGANs against its controls.
void AddDifferences(const std::vector<Replicates>& all, Section* section) {
  std::vector<const Replicates*> each, hypergans;
  for (const Replicates& one : all) {
    each.push_back(&one);
    if (one.group->method == "hypergan") hypergans.push_back(&one);
  }
  const Replicates* baseline = BaselineOf(all);
  if (baseline != nullptr && all.size() > 1) {
    section->blocks.emplace_back(DifferenceTable(each, *baseline));
  }
  for (const Replicates& control : all) {
    if (!IsControl(control) || hypergans.empty()) continue;
    section->blocks.emplace_back(DifferenceTable(hypergans, control));
  }
}

Paragraph LeftOutText(const std::vector<std::string>& runs, size_t rows) {
  return {absl::StrCat("Left out are runs whose record has other rows than ",
                       rows, ", or none: ", ShortList(runs, kMostNamed), ".")};
}

void AddExperiment(const Experiment& experiment, const RowBootstrap& bootstrap,
                   Section* section) {
  std::vector<Replicates> all;
  std::vector<std::string> left_out;
  uint64_t stream = 0;
  for (const Group& group : experiment.groups) {
    if (auto some = ReplicatesOf(group, ++stream, bootstrap, &left_out)) {
      all.push_back(*std::move(some));
    }
  }
  section->blocks.emplace_back(Heading{experiment.title});
  section->blocks.emplace_back(IntervalTable(all));
  if (!left_out.empty()) {
    section->blocks.emplace_back(LeftOutText(left_out, bootstrap.rows()));
  }
  AddDifferences(all, section);
}

}  // namespace

Section ComparisonSection(const Collection& collection) {
  Section section{"differences", "What is more than chance", {}};
  // Draws take a while, and some 100 MB: most experiments have as many rows as
  // the one before.
  std::optional<RowBootstrap> bootstrap;
  for (const Experiment& experiment : collection.experiments) {
    const size_t rows = RowsOf(experiment);
    if (experiment.shares_networks || rows == 0) continue;
    if (!bootstrap || bootstrap->rows() != rows) bootstrap.emplace(rows);
    AddExperiment(experiment, *bootstrap, &section);
  }
  return section;
}

}  // namespace hypergan::trainer::report
