// The images that the ensemble is most and least sure of.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trainer/report/picture_sheet.h"
#include "trainer/report/sections.h"

namespace hypergan::trainer::report {
namespace {

constexpr size_t kMaxImages = 20;

void Append(const Experiment& experiment, const Group& group, bool most,
            Drawings& drawings) {
  const ExperimentResult& run = group.first();
  std::vector<Picture> pictures =
      most ? run.most_uncertain : run.least_uncertain;
  if (pictures.empty()) return;
  pictures.resize(std::min(pictures.size(), kMaxImages));
  PictureSheet sheet;
  sheet.title = absl::StrCat(most ? "Least sure: " : "Surest: ", group.label);
  sheet.rows = {std::move(pictures)};
  drawings.drawings.push_back({absl::StrCat(most ? "unsure-" : "sure-",
                                            experiment.slug, "-", group.slug),
                               PictureSheetSvg(sheet), sheet.title});
}

}  // namespace

Section ImageSection(const Collection& collection) {
  Section section{"images", "The images it is least and most sure of", {}};
  for (const Experiment& experiment : collection.experiments) {
    Drawings drawings;
    for (const Group& group : experiment.groups) {
      Append(experiment, group, true, drawings);
      Append(experiment, group, false, drawings);
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
