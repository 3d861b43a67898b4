#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

std::string Count(size_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

// How much the report stands on.
std::string Summary(const Collection& collection) {
  size_t runs = 0;
  std::string first, last;
  for (const Experiment& experiment : collection.experiments) {
    for (const Group& group : experiment.groups) {
      for (const ExperimentResult& run : group.runs) {
        ++runs;
        if (run.date.empty()) continue;
        if (first.empty() || run.date < first) first = run.date;
        last = std::max(last, run.date);
      }
    }
  }
  std::string dates;
  if (!first.empty()) {
    dates = first == last ? absl::StrCat(", of ", first)
                          : absl::StrCat(", of ", first, " to ", last);
  }
  return absl::StrCat(
      Count(runs, "run", "runs"), " of ",
      Count(collection.experiments.size(), "experiment", "experiments"), dates,
      ". Every figure comes from the runs' result.json files, but for those "
      "marked as published.");
}

}  // namespace

Document ReportDocument(const Collection& collection) {
  Document document;
  document.title = "HyperGAN: the experiments";
  document.summary = Summary(collection);
  for (Section (*section_of)(const Collection&) :
       {AccuracySection, ComparisonSection, EnsembleSizeSection, MemberSection,
        OutsideSection, SelectiveSection, ShiftSection, CalibrationSection,
        RegressionSection, AttackSection, DiversitySection, TrainingSection,
        ImageSection, FilterSection, RunSection}) {
    Section section = section_of(collection);
    if (section.blocks.empty()) continue;
    document.sections.push_back(std::move(section));
  }
  return document;
}

}  // namespace hypergan::trainer::report
