#include "client/cli/views/models_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"
#include "hypergan/checkpoint/calibration.h"

namespace hypergan::client {
namespace {

// Of a value; some, as samples of hashes, are for programs alone.
constexpr size_t kMaxFactBytes = 60;

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string Shape(const Manifest& manifest) {
  return absl::StrJoin(manifest.input_shape, "x");
}

std::string CalibrationFact(const Manifest& manifest) {
  if (!manifest.calibration.has_value()) return "none";
  const Calibration& calibration = *manifest.calibration;
  return absl::StrFormat("%s of %d rows, OOD from %.3g, %d networks or more",
                         calibration.primary_score, calibration.rows,
                         calibration.threshold, LeastNetworks(calibration));
}

Facts GeneralFacts(const Model& model) {
  const Manifest& manifest = model.manifest;
  Facts facts = {{"model", model.name},
                 {"version", model.version},
                 {"task", std::string(TaskName(manifest.task))},
                 {"target network", manifest.target_network},
                 {"noise size", absl::StrCat(manifest.noise_size)},
                 {"input shape", Shape(manifest)},
                 {"outputs", absl::StrCat(manifest.num_outputs)},
                 {"networks", absl::StrCat(manifest.default_num_networks,
                                           ", at most ", model.max_networks)},
                 {"rows", absl::StrCat("at most ", model.max_rows)},
                 {"calibration", CalibrationFact(manifest)}};
  if (!manifest.class_names.empty()) {
    facts.emplace_back("classes", absl::StrJoin(manifest.class_names, ", "));
  }
  return facts;
}

}  // namespace

std::string RenderModels(const std::vector<Model>& models) {
  Table table({{"MODEL"},
               {"VERSION", Align::kRight},
               {"TASK"},
               {"INPUT", Align::kRight},
               {"OUTPUTS", Align::kRight},
               {"NETWORKS", Align::kRight},
               {"CALIBRATED", Align::kRight}});
  for (const Model& model : models) {
    const Manifest& manifest = model.manifest;
    table.AddRow({Printable(model.name), Printable(model.version),
                  std::string(TaskName(manifest.task)), Shape(manifest),
                  absl::StrCat(manifest.num_outputs),
                  absl::StrCat(manifest.default_num_networks),
                  manifest.calibration.has_value()
                      ? absl::StrCat(manifest.calibration->rows, " rows")
                      : "no"});
  }
  return table.Render();
}

std::string RenderModel(const Model& model) {
  Facts facts = GeneralFacts(model);
  for (const auto& [name, value] : model.manifest.provenance) {
    facts.emplace_back(
        absl::StrCat("from: ", Printable(name)),
        value.size() <= kMaxFactBytes
            ? value
            : absl::StrCat(value.substr(0, kMaxFactBytes), "..."));
  }
  for (const auto& [name, value] : model.manifest.validation) {
    facts.emplace_back(absl::StrCat("validation: ", Printable(name)),
                       absl::StrFormat("%.6g", value));
  }
  int width = 0;
  for (const auto& [name, value] : facts) {
    width = std::max(width, DisplayWidth(name));
  }
  std::string text;
  for (const auto& [name, value] : facts) {
    absl::StrAppend(&text, PadRight(name, width), "  ", Printable(value), "\n");
  }
  return text;
}

}  // namespace hypergan::client
