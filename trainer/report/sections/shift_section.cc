// How methods do as the test images change.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/markup.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr absl::string_view kRotation = "rotation";

struct ShiftFigure {
  const char* figure;
  const char* title;
  const char* label;
  double unit;
};

constexpr ShiftFigure kShiftFigures[] = {
    {"accuracy", "Accuracy", "accuracy, %", 100},
    {"nll", "Negative log-likelihood", "nats", 1},
    {"ece", "Calibration error", "ECE", 1},
    {"mutual_information", "Mean mutual information", "nats", 1},
};

// A figure of a run at the strengths 0, 1, ...: the mean over `kinds`.
std::vector<Point> ShiftCurve(const ExperimentResult& run, bool is_rotation,
                              const ShiftFigure& shown) {
  std::map<double, std::pair<double, int>> sums;
  for (const ShiftResult& shift : run.shifts) {
    if ((shift.kind == kRotation) != is_rotation) continue;
    for (size_t i = 0; i < shift.points.size(); ++i) {
      const auto found = shift.points[i].figures.find(shown.figure);
      if (found == shift.points[i].figures.end()) continue;
      auto& [sum, count] =
          sums[is_rotation ? shift.points[i].amount : static_cast<double>(i)];
      sum += shown.unit * found->second;
      ++count;
    }
  }
  std::vector<Point> points;
  points.reserve(sums.size());
  for (const auto& [x, sum] : sums) {
    points.push_back({x, sum.first / sum.second});
  }
  return points;
}

Drawings ShiftDrawings(const Experiment& experiment, bool is_rotation) {
  Drawings drawings;
  for (const ShiftFigure& shown : kShiftFigures) {
    Plot plot;
    plot.name =
        absl::StrCat("shift-", experiment.slug,
                     is_rotation ? "-rotation-" : "-", Slug(shown.figure));
    plot.title = shown.title;
    plot.x = {.label = is_rotation ? "degrees" : "strength"};
    plot.y = {.label = shown.label, .least = 0};
    for (const Group& group : experiment.groups) {
      Line line{.name = group.label, .style = group.style, .dots = true};
      line.points = ShiftCurve(group.first(), is_rotation, shown);
      if (!line.points.empty()) plot.lines.push_back(std::move(line));
    }
    if (plot.lines.empty()) continue;
    drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
  }
  drawings.caption =
      is_rotation
          ? "Turned test images, first seed."
          : "The mean over noise, blur, contrast, brightness and JPEG at five "
            "strengths (trainer/evaluation/corruption_kind.h), first seed. "
            "What "
            "to look for: where accuracy falls, the likelihood and the "
            "calibration should not fall faster than another method's.";
  return drawings;
}

}  // namespace

Section ShiftSection(const Collection& collection) {
  Section section{"shift", "Corrupted and rotated images", {}};
  for (const Experiment& experiment : collection.experiments) {
    for (const bool is_rotation : {false, true}) {
      Drawings drawings = ShiftDrawings(experiment, is_rotation);
      if (drawings.drawings.empty()) continue;
      section.blocks.emplace_back(Heading{absl::StrCat(
          experiment.title, is_rotation ? ": rotation" : ": corruptions")});
      section.blocks.emplace_back(std::move(drawings));
    }
  }
  return section;
}

}  // namespace hypergan::trainer::report
