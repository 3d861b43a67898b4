// Reliability diagrams.
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

using Bins = std::vector<ReliabilityBin> ExperimentResult::*;

void AppendReliability(const Experiment& experiment, Bins bins,
                       const std::string& what, Drawings& drawings) {
  Plot plot;
  plot.name = absl::StrCat("reliability-", experiment.slug, "-", what);
  plot.title = what == "single" ? "One network" : "The ensemble";
  plot.x = {
      .label = "confidence (largest probability), %", .least = 0, .most = 100};
  plot.y = {.label = "right, %", .least = 0, .most = 100};
  plot.diagonal = true;
  for (const Group& group : experiment.groups) {
    Line line{.name = group.label, .style = group.style, .dots = true};
    for (const ReliabilityBin& bin : group.first().*bins) {
      if (!(bin.share > 0)) continue;  // nothing fell in
      line.points.push_back({100 * bin.confidence, 100 * bin.accuracy});
    }
    if (!line.points.empty()) plot.lines.push_back(std::move(line));
  }
  if (plot.lines.empty()) return;
  drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
}

}  // namespace

Section CalibrationSection(const Collection& collection) {
  Section section{"calibration", "Calibration", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    Drawings drawings;
    AppendReliability(experiment, &ExperimentResult::reliability_single,
                      "single", drawings);
    AppendReliability(experiment, &ExperimentResult::reliability, "ensemble",
                      drawings);
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "Test rows in bins of their largest probability, first seed. On the "
        "dotted diagonal, confidence is as often right as it says; below it, "
        "too sure; above it, too modest. Bins at the left hold few rows.";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(drawings));
  }
  return section;
}

}  // namespace hypergan::trainer::report
