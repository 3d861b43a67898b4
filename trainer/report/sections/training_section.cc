// Loss and validation figures by epoch.
#include <utility>

#include "trainer/report/drawing/epoch_curves.h"
#include "trainer/report/sections/sections.h"

namespace hypergan::trainer::report {

Section TrainingSection(const Collection& collection) {
  Section section{"training", "Training", {}};
  for (const Experiment& experiment : collection.experiments) {
    if (experiment.shares_networks) continue;
    Drawings drawings;
    for (const EpochPlot& plot : std::initializer_list<EpochPlot>{
             {"loss", "Training loss", {"loss", Scale::kRange}},
             {"nll_1",
              "One network, validation rows",
              {"NLL, nats", Scale::kRange}},
             {"nll",
              "The ensemble, validation rows",
              {"NLL, nats", Scale::kRange}},
             {"accuracy_1",
              "One network, validation rows",
              {"accuracy, %"},
              100},
             {"accuracy_10",
              "Ensembles of 10, validation rows",
              {"accuracy, %"},
              100},
             {"accuracy_100",
              "Ensembles of 100, validation rows",
              {"accuracy, %"},
              100},
             {"rmse",
              "The ensemble, validation rows",
              {"root mean square error", Scale::kRange}}}) {
      AppendEpochPlot(experiment, plot, drawings);
    }
    if (drawings.drawings.empty()) continue;
    drawings.caption =
        "One line a seed. What to look for: where the validation NLL turns up "
        "while the loss still falls, training has gone on too long; the epoch "
        "that is kept is chosen by the validation rows.";
    section.blocks.emplace_back(Heading{experiment.title});
    section.blocks.emplace_back(std::move(drawings));
  }
  return section;
}

}  // namespace hypergan::trainer::report
