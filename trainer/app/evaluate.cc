#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "base/durable_file.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "trainer/app/flags.h"
#include "trainer/app/loaded_model.h"
#include "trainer/app/verbs.h"
#include "trainer/data/asked_rows.h"
#include "trainer/data/data_facts.h"
#include "trainer/data/open_dataset.h"
#include "trainer/evaluation/outside.h"
#include "trainer/evaluation/records/scores_csv.h"
#include "trainer/evaluation/risk_coverage.h"

namespace hypergan::trainer {
namespace {

void Print(const char* title, const Figures& figures) {
  if (figures.empty()) return;
  std::printf("%s\n", title);
  PrintFigures(figures);
}

Figures Aurocs(const std::map<std::string, Separation>& separations) {
  Figures aurocs;
  for (const auto& [name, separation] : separations) {
    aurocs[name] = separation.auroc;
  }
  return aurocs;
}

nlohmann::ordered_json ToJson(
    const std::map<std::string, Separation>& separations) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, separation] : separations) {
    json[name] = {{"auroc", separation.auroc},
                  {"aupr_out", separation.aupr_out},
                  {"aupr_in", separation.aupr_in},
                  {"fpr95", separation.fpr95}};
  }
  return json;
}

nlohmann::ordered_json ToJson(const RiskCoverage& risk) {
  nlohmann::ordered_json json = {{"aurc", risk.aurc}};
  for (const RiskCoverage::Point& point : risk.points) {
    json["points"].push_back(
        {{"coverage", point.coverage}, {"risk", point.risk}});
  }
  if (!risk.flagged) return json;
  json["ood_rows"] = risk.flagged->rows;
  if (risk.flagged->risk_inside) {
    json["risk_in_distribution"] = *risk.flagged->risk_inside;
  }
  if (risk.flagged->risk_outside) {
    json["risk_out_of_distribution"] = *risk.flagged->risk_outside;
  }
  return json;
}

// What the flags ask about.
struct Evaluation {
  int64_t networks = 0, rows = 0;
  AskedRows::Kind kind = AskedRows::Kind::kTestSplit;
  std::string origin;  // of the rows
  Figures figures;
  std::optional<RiskCoverage> risk;
  std::map<std::string, Separation> separations;  // empty without --ood_data
};

void PrintJson(const Evaluation& evaluation) {
  nlohmann::ordered_json json = {{"networks", evaluation.networks},
                                 {"rows", evaluation.rows},
                                 {"which_rows", KindName(evaluation.kind)},
                                 {"figures", evaluation.figures},
                                 {"auroc", Aurocs(evaluation.separations)},
                                 {"outside", ToJson(evaluation.separations)}};
  if (evaluation.risk) json["risk_coverage"] = ToJson(*evaluation.risk);
  std::printf("%s\n", json.dump(2).c_str());
}

void PrintRisk(const RiskCoverage& risk) {
  std::printf(
      "risk (error, or RMSE) where the model answers only its most "
      "certain rows:\n");
  for (const RiskCoverage::Point& point : risk.points) {
    std::printf("  %3.0f %% of the rows      %.4f\n", 100 * point.coverage,
                point.risk);
  }
  if (!risk.flagged) return;
  if (risk.flagged->risk_inside) {
    std::printf("  where not is_ood       %.4f\n", *risk.flagged->risk_inside);
  }
  if (risk.flagged->risk_outside) {
    std::printf("  where is_ood           %.4f (%lld rows)\n",
                *risk.flagged->risk_outside,
                static_cast<long long>(risk.flagged->rows));
  }
}

void PrintText(const Evaluation& evaluation) {
  std::printf("%lld networks, %lld rows of %s (%s)\n",
              static_cast<long long>(evaluation.networks),
              static_cast<long long>(evaluation.rows),
              absl::GetFlag(FLAGS_data).c_str(), evaluation.origin.c_str());
  Print(evaluation.kind == AskedRows::Kind::kTrained
            ? "figures on training rows"
            : "figures",
        evaluation.figures);
  if (evaluation.risk) PrintRisk(*evaluation.risk);
  Print("AUROC, outside rows positive", Aurocs(evaluation.separations));
}

// Rows of `set` as asked about.
absl::StatusOr<ScoredRows> Ask(const LoadedModel& model, const std::string& set,
                               const Rows& rows) {
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, rows,
                                  /*network_outputs=*/false, model.evaluation));
  return ScoredRows{set, {}, outputs.mean, outputs.scores};
}

absl::StatusOr<Evaluation> EvaluateFromFlags(const LoadedModel& model,
                                             std::vector<ScoredRows>* sets) {
  const Manifest& manifest = model.ensemble->manifest();
  const Task task = manifest.task;
  HG_ASSIGN_OR_RETURN(const data::ImageOptions images, ImageOptionsFromFlags());
  HG_ASSIGN_OR_RETURN(const AskedRows asked,
                      OpenAskedRows(absl::GetFlag(FLAGS_data),
                                    CsvOptionsFromFlags(), manifest, images));
  PrintNotes(asked.dataset.notes);
  HG_ASSIGN_OR_RETURN(const Rows all, ToRows(asked.dataset, task));
  const Rows rows = all.First(absl::GetFlag(FLAGS_rows));
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                      PredictRows(*model.ensemble, rows,
                                  /*network_outputs=*/true, model.evaluation));
  Evaluation evaluation;
  evaluation.networks = model.evaluation.num_networks;
  evaluation.rows = rows.size();
  evaluation.kind = asked.kind;
  evaluation.origin = asked.origin;
  HG_ASSIGN_OR_RETURN(evaluation.figures,
                      FiguresOf(manifest, outputs, rows.targets));
  evaluation.risk =
      MeasureRiskCoverage(manifest, evaluation.networks, outputs, rows.targets);
  sets->push_back({"inside",
                   task == Task::kClassification ? rows.targets : at::Tensor(),
                   outputs.mean, outputs.scores});
  const std::string outside = absl::GetFlag(FLAGS_ood_data);
  if (outside.empty()) return evaluation;
  data::CsvOptions csv = CsvOptionsFor(manifest, CsvOptionsFromFlags());
  // What is from elsewhere may have classes of its own.
  csv.class_names.clear();
  HG_ASSIGN_OR_RETURN(
      const data::Dataset elsewhere,
      OpenDatasetToAsk(outside, manifest.input_shape, csv, images));
  HG_RETURN_IF_ERROR(
      CheckShape(FactsOf(outside, elsewhere), manifest.input_shape));
  const std::string warning = TrainedRowsWarning(outside, elsewhere, manifest);
  if (!warning.empty()) PrintNotes({warning});
  HG_ASSIGN_OR_RETURN(
      ScoredRows scored,
      Ask(model, "outside",
          InputsOnly(elsewhere).First(absl::GetFlag(FLAGS_rows))));
  evaluation.separations = SeparateScores(outputs.scores, scored.scores);
  sets->push_back(std::move(scored));
  return evaluation;
}

}  // namespace

absl::Status RunEvaluate() {
  HG_ASSIGN_OR_RETURN(const LoadedModel model, LoadModelFromFlags());
  if (absl::GetFlag(FLAGS_data).empty()) {
    return absl::InvalidArgumentError("--data is missing");
  }
  if (const int64_t rows = absl::GetFlag(FLAGS_rows); rows < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--rows: expected a number of rows, or 0 for all, got ", rows));
  }
  std::vector<ScoredRows> sets;
  HG_ASSIGN_OR_RETURN(const Evaluation evaluation,
                      EvaluateFromFlags(model, &sets));
  const std::string csv = absl::GetFlag(FLAGS_scores_csv);
  if (!csv.empty()) HG_RETURN_IF_ERROR(WriteDurably(csv, ScoresCsv(sets)));
  absl::GetFlag(FLAGS_json) ? PrintJson(evaluation) : PrintText(evaluation);
  return FlushOutput();
}

}  // namespace hypergan::trainer
