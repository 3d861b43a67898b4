#include "client/cli/models_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/table.h"
#include "client/cli/text.h"

namespace hypergan::client {
namespace {

constexpr int kFactColumns = 20;

std::string Shape(const Manifest& manifest) {
  return absl::StrJoin(manifest.input_shape, "x");
}

std::string Fact(absl::string_view name, absl::string_view value) {
  return absl::StrCat(PadRight(name, kFactColumns), " ", Printable(value),
                      "\n");
}

std::string CalibrationFact(const Manifest& manifest) {
  if (!manifest.calibration.has_value()) return "none";
  return absl::StrFormat(
      "%s of %d rows, OOD from %.3g", manifest.calibration->primary_score,
      manifest.calibration->rows, manifest.calibration->threshold);
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
  const Manifest& manifest = model.manifest;
  std::string text =
      absl::StrCat(Fact("model", model.name), Fact("version", model.version),
                   Fact("task", std::string(TaskName(manifest.task))),
                   Fact("target network", manifest.target_network),
                   Fact("noise size", absl::StrCat(manifest.noise_size)),
                   Fact("input shape", Shape(manifest)),
                   Fact("outputs", absl::StrCat(manifest.num_outputs)));
  if (!manifest.class_names.empty()) {
    text += Fact("classes", absl::StrJoin(manifest.class_names, ", "));
  }
  absl::StrAppend(
      &text,
      Fact("networks", absl::StrCat(manifest.default_num_networks, ", at most ",
                                    model.max_networks)),
      Fact("rows", absl::StrCat("at most ", model.max_rows)),
      Fact("calibration", CalibrationFact(manifest)));
  for (const auto& [name, value] : manifest.provenance) {
    text += Fact(absl::StrCat("from: ", Printable(name)), value);
  }
  for (const auto& [name, value] : manifest.validation) {
    text += Fact(absl::StrCat("val.: ", Printable(name)),
                 absl::StrFormat("%.6g", value));
  }
  return text;
}

}  // namespace hypergan::client
