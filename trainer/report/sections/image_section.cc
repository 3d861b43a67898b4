// The images that the ensemble is most and least sure of.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/drawing/picture_sheet.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMaxImages = 10;

void AppendRow(const std::vector<Picture>& pictures, const char* title,
               PictureSheet& sheet) {
  if (pictures.empty()) return;
  sheet.rows.push_back(pictures);
  sheet.rows.back().resize(std::min(pictures.size(), kMaxImages));
  sheet.row_titles.emplace_back(title);
}

void Append(const Experiment& experiment, const Group& group,
            Drawings& drawings) {
  PictureSheet sheet;
  sheet.title = group.label;
  AppendRow(group.first().most_uncertain, "least sure of", sheet);
  AppendRow(group.first().least_uncertain, "surest of", sheet);
  if (sheet.rows.empty()) return;
  drawings.drawings.push_back(
      {absl::StrCat("images-", experiment.slug, "-", group.slug),
       PictureSheetSvg(sheet), sheet.title});
}

}  // namespace

Section ImageSection(const Collection& collection) {
  Section section{"images", "The images it is least and most sure of", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    Drawings drawings;
    for (const Group& group : experiment.groups) {
      Append(experiment, group, drawings);
    }
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "Test images by predictive entropy, first seed. What to look for: "
        "would you hesitate over the same ones?";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(drawings));
  }
  return section;
}

}  // namespace hypergan::trainer::report
