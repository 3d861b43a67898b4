// Do the networks stay apart, and does the discriminator hold on?
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/epoch_curves.h"
#include "trainer/report/paper_figures.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMaxLayers = 16;

// The layers of one run, each with its own line.
void AppendLayerPlot(const Experiment& experiment, const Group& group,
                     Drawings& drawings) {
  const auto& epochs = group.first().epochs;
  size_t layers = 0;
  for (const EpochResult& epoch : epochs) {
    layers = std::max(layers, epoch.layer_diversity.size());
  }
  if (layers == 0) return;
  Plot plot;
  plot.name = absl::StrCat("layers-", experiment.slug, "-", group.slug);
  plot.title = absl::StrCat("By layer: ", group.label);
  plot.x = {.label = "epoch"};
  plot.y = {"relative deviation of the weights' norm", Scale::kRange};
  for (size_t i = 0; i < std::min(layers, kMaxLayers); ++i) {
    Line line{.name = absl::StrCat("layer ", i + 1),
              .style = static_cast<int>(i)};
    for (const EpochResult& epoch : epochs) {
      if (i >= epoch.layer_diversity.size()) continue;
      line.points.push_back(
          {static_cast<double>(epoch.epoch), epoch.layer_diversity[i]});
    }
    line.dots = line.points.size() == 1;
    plot.lines.push_back(std::move(line));
  }
  drawings.drawings.push_back({plot.name, PlotSvg(plot), plot.title});
}

}  // namespace

Section DiversitySection(const Collection& collection) {
  Section section{"diversity", "Diversity of the networks", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    Drawings drawings;
    AppendEpochPlot(experiment,
                    {"diversity",
                     "Diversity",
                     {"relative deviation of the weights' norm", Scale::kRange},
                     1},
                    drawings);
    AppendEpochPlot(experiment,
                    {"discriminator_accuracy",
                     "Discriminator",
                     {.label = "codes and prior draws told apart, %",
                      .least = 0,
                      .most = 100},
                     100,
                     "discriminator_loss"},
                    drawings);
    // By layer only where diversity is what the experiment is about.
    if (experiment.name == "diversity") {
      for (const Group& group : experiment.groups) {
        AppendLayerPlot(experiment, group, drawings);
      }
    }
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "Diversity: the standard deviation over networks of the L2 norm of "
        "their weights, divided by its mean. What to look for: the order of "
        "the variants, and whether the curves fall as training goes on. A "
        "discriminator near 50 % cannot tell codes from the prior; near 100 % "
        "it has won, and gives no gradient to follow.";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(drawings));
  }
  if (!section.blocks.empty()) {
    section.blocks.emplace_back(Paragraph{kPublishedDiversity});
  }
  return section;
}

}  // namespace hypergan::trainer::report
