// First-layer filters of a few networks.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/picture_sheet.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMaxNetworks = 6;
constexpr int kColumns = 16;

Drawing DrawingOf(const Experiment& experiment, const Group& group) {
  const auto& filters = group.first().filters;
  PictureSheet sheet;
  sheet.title = group.label;
  sheet.columns = kColumns;
  sheet.captions = false;
  for (size_t i = 0; i < std::min(filters.size(), kMaxNetworks); ++i) {
    sheet.rows.push_back(filters[i]);
    sheet.row_titles.push_back(absl::StrCat("network ", i + 1));
  }
  return {absl::StrCat("filters-", experiment.slug, "-", group.slug),
          PictureSheetSvg(sheet), sheet.title};
}

}  // namespace

Section FilterSection(const Collection& collection) {
  Section section{"filters", "First-layer filters", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    Drawings drawings;
    for (const Group& group : experiment.groups) {
      if (group.first().filters.empty()) continue;
      drawings.drawings.push_back(DrawingOf(experiment, group));
    }
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "Each square is a filter of the first layer, the same place in every "
        "network, first seed. What to look for: do the networks differ, or is "
        "each the same picture with a little noise?";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(drawings));
  }
  return section;
}

}  // namespace hypergan::trainer::report
