// Accuracy by the number of networks.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "trainer/report/drawing/palette.h"
#include "trainer/report/drawing/plot.h"
#include "trainer/report/paper_figures.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

// N of "accuracy_N".
std::optional<int> SizeOf(absl::string_view figure) {
  int size = 0;
  if (!absl::ConsumePrefix(&figure, "accuracy_") ||
      !absl::SimpleAtoi(figure, &size) || size < 1) {
    return std::nullopt;
  }
  return size;
}

Line LineOf(const Group& group) {
  std::map<int, std::string> sizes;
  for (const ExperimentResult& run : group.runs) {
    for (const auto& [name, value] : run.figures) {
      if (const auto size = SizeOf(name)) sizes[*size] = name;
    }
  }
  Line line{.name = group.label, .style = group.style, .dots = true};
  for (const auto& [size, name] : sizes) {
    const Spread spread = *group.Figure(name);
    line.points.push_back({static_cast<double>(size), 100 * spread.mean});
    line.deviations.push_back(100 * spread.deviation);
  }
  return line;
}

Line PublishedLine(const std::string& experiment) {
  Line line{
      .name = "HyperGAN, as published", .style = kPublishedStyle, .dots = true};
  for (const PublishedRow& row : PublishedAccuracy(experiment)) {
    if (absl::string_view(row.method) != "HyperGAN") continue;
    line.points.push_back({static_cast<double>(row.networks), row.accuracy});
    line.deviations.push_back(row.deviation);
  }
  return line;
}

std::optional<Drawing> DrawingOf(const Experiment& experiment) {
  Plot plot;
  plot.name = absl::StrCat("size-", experiment.slug);
  plot.title = experiment.title;
  plot.x = {.label = "networks in the ensemble", .scale = Scale::kLog};
  plot.y = {.label = "test accuracy, %"};
  std::set<double> sizes;
  for (const Group& group : experiment.groups) {
    Line line = LineOf(group);
    if (line.points.empty()) continue;
    for (const Point& p : line.points) sizes.insert(p.x);
    plot.lines.push_back(std::move(line));
  }
  if (sizes.size() < 2) return std::nullopt;
  Line published = PublishedLine(experiment.name);
  if (!published.points.empty()) plot.lines.push_back(std::move(published));
  plot.x.ticks.assign(sizes.begin(), sizes.end());
  return Drawing{plot.name, PlotSvg(plot), plot.title};
}

}  // namespace

Section EnsembleSizeSection(const Collection& collection) {
  Section section{"ensemble-size", "Accuracy by ensemble size", {}};
  Drawings drawings;
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    if (auto drawing = DrawingOf(experiment)) {
      drawings.drawings.push_back(*std::move(drawing));
    }
  }
  if (drawings.drawings.empty()) return section;
  drawings.caption =
      "What to look for: a curve that rises says that the networks err on "
      "different rows; a flat one, that they are nearly the same network. Bars "
      "are one deviation over seeds (the paper does not say what its "
      "deviations are over).";
  section.blocks.emplace_back(std::move(drawings));
  return section;
}

}  // namespace hypergan::trainer::report
