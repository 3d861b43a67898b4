#include "trainer/report/collection.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/experiments/experiment.h"
#include "trainer/report/names.h"
#include "trainer/report/slugs.h"

namespace hypergan::trainer::report {
namespace {

auto MethodKey(const ExperimentResult& r) {
  return std::tuple(MethodRank(r.method), r.method, VariantRank(r.variant),
                    r.variant);
}

auto CollectionKey(const ExperimentResult& r) {
  return std::tuple(ExperimentRank(r.experiment), r.experiment, MethodKey(r),
                    r.seed);
}

std::string Label(const ExperimentResult& r) {
  if (r.variant.empty()) return MethodTitle(r.method);
  return absl::StrCat(MethodTitle(r.method), ", ", VariantTitle(r.variant));
}

absl::Status CheckDistinct(const std::vector<ExperimentResult>& sorted) {
  for (size_t i = 1; i < sorted.size(); ++i) {
    const ExperimentResult& r = sorted[i];
    if (CollectionKey(r) != CollectionKey(sorted[i - 1])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("two results of the same run: experiment '", r.experiment,
                     "', method '", r.method, "', variant '", r.variant,
                     "', seed ", r.seed, "; expected one of them"));
  }
  return absl::OkStatus();
}

// The styles that are told apart best go to what is in most experiments; then
// in the order of the methods.
std::map<std::string, int> Styles(
    const std::vector<ExperimentResult>& results) {
  std::map<std::string, std::set<std::string>> experiments;
  std::vector<std::string> labels;
  for (const ExperimentResult& r : results) {
    const std::string label = Label(r);
    if (experiments[label].empty()) labels.push_back(label);
    experiments[label].insert(r.experiment);
  }
  std::stable_sort(labels.begin(), labels.end(),
                   [&](const std::string& a, const std::string& b) {
                     return experiments[a].size() > experiments[b].size();
                   });
  std::map<std::string, int> styles;
  for (const std::string& label : labels) {
    styles.emplace(label, static_cast<int>(styles.size()));
  }
  return styles;
}

using Run = std::tuple<std::string, std::string, uint64_t>;

std::set<Run> RunsOf(const Experiment& experiment) {
  std::set<Run> runs;
  for (const Group& group : experiment.groups) {
    for (const ExperimentResult& r : group.runs) {
      runs.insert({r.method, r.variant, r.seed});
    }
  }
  return runs;
}

// Marks those whose recipe is another experiment's, and trained there.
void FindShared(std::vector<Experiment>& experiments) {
  for (Experiment& experiment : experiments) {
    const auto known = FindExperiment(experiment.name);
    if (!known.ok() || known->recipe == experiment.name) continue;
    for (const Experiment& other : experiments) {
      if (other.name != known->recipe) continue;
      const std::set<Run> here = RunsOf(experiment), there = RunsOf(other);
      experiment.shares_networks =
          std::includes(there.begin(), there.end(), here.begin(), here.end());
    }
  }
}

}  // namespace

std::optional<Spread> FigureOf(const std::vector<const ExperimentResult*>& runs,
                               const std::string& name) {
  std::vector<double> figures;
  for (const ExperimentResult* run : runs) {
    const auto figure = run->figures.find(name);
    if (figure != run->figures.end()) figures.push_back(figure->second);
  }
  if (figures.empty()) return std::nullopt;
  return SpreadOf(figures);
}

std::optional<Spread> Group::Figure(const std::string& name) const {
  std::vector<const ExperimentResult*> all;
  for (const ExperimentResult& run : runs) all.push_back(&run);
  return FigureOf(all, name);
}

Spread Group::Over(
    const std::function<double(const ExperimentResult&)>& figure) const {
  std::vector<double> figures;
  for (const ExperimentResult& run : runs) figures.push_back(figure(run));
  return SpreadOf(figures);
}

bool Experiment::HasFigure(const std::string& figure) const {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    return group.Figure(figure).has_value();
  });
}

const Group* Experiment::Find(absl::string_view method,
                              absl::string_view variant) const {
  for (const Group& group : groups) {
    if (group.method == method && group.variant == variant) return &group;
  }
  return nullptr;
}

absl::StatusOr<Collection> Collect(std::vector<ExperimentResult> results) {
  std::sort(results.begin(), results.end(), [](const auto& a, const auto& b) {
    return CollectionKey(a) < CollectionKey(b);
  });
  HG_RETURN_IF_ERROR(CheckDistinct(results));
  const std::map<std::string, int> styles = Styles(results);
  Collection collection;
  Slugs experiment_slugs, group_slugs;
  for (ExperimentResult& r : results) {
    auto& experiments = collection.experiments;
    if (experiments.empty() || experiments.back().name != r.experiment) {
      group_slugs = {};
      experiments.push_back({r.experiment,
                             ExperimentTitle(r.experiment),
                             experiment_slugs.Of(r.experiment),
                             {},
                             false});
    }
    auto& groups = experiments.back().groups;
    if (groups.empty() || groups.back().method != r.method ||
        groups.back().variant != r.variant) {
      const std::string label = Label(r);
      groups.push_back({r.method,
                        r.variant,
                        label,
                        group_slugs.Of(absl::StrCat(r.method, "-", r.variant)),
                        styles.at(label),
                        {}});
    }
    groups.back().runs.push_back(std::move(r));
  }
  FindShared(collection.experiments);
  return collection;
}

}  // namespace hypergan::trainer::report
