#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/evaluation/records/result.h"
#include "trainer/report/statistic.h"

namespace hypergan::trainer::report {

// A figure over those of `runs` that have it; none if none has.
std::optional<Spread> FigureOf(const std::vector<const ExperimentResult*>& runs,
                               const std::string& name);

// A method, or a variant of it, in one experiment: runs that differ in their
// seed, ascending.
struct Group {
  std::string method, variant;
  std::string label;  // "HyperGAN, the paper's form"
  std::string slug;   // for names of figures
  int style = 0;      // the same for this label throughout the report
  std::vector<ExperimentResult> runs;  // one at least

  // What stands for the group where runs cannot be averaged: the least seed's.
  const ExperimentResult& first() const { return runs.front(); }

  // FigureOf all runs.
  std::optional<Spread> Figure(const std::string& name) const;
  Spread Over(
      const std::function<double(const ExperimentResult&)>& figure) const;
};

struct Experiment {
  std::string name, title, slug;
  std::vector<Group> groups;
  // All its networks are those of another experiment of the collection, which
  // it only asks something else: what training made of them is told there.
  bool shares_networks = false;

  // Has one of the groups this figure?
  bool HasFigure(const std::string& figure) const;
  // None where the experiment has no such group.
  const Group* Find(absl::string_view method, absl::string_view variant) const;
};

// All results, in the order in which the report shows them.
struct Collection {
  std::vector<Experiment> experiments;
};

// INVALID_ARGUMENT where two results are of the same run (experiment, method,
// variant and seed).
absl::StatusOr<Collection> Collect(std::vector<ExperimentResult> results);

}  // namespace hypergan::trainer::report
