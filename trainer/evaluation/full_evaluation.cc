#include "trainer/evaluation/full_evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/evaluation/band.h"
#include "trainer/evaluation/conformal.h"
#include "trainer/evaluation/members.h"
#include "trainer/evaluation/outside.h"
#include "trainer/evaluation/records/pictures.h"
#include "trainer/evaluation/reliability.h"
#include "trainer/evaluation/selective.h"
#include "trainer/evaluation/temperature.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kPictures = 12;
constexpr int64_t kFilterNetworks = 4;
constexpr int64_t kSmallBand = 10;  // networks

// What only the end of a run asks about.
void AddFigures(const Manifest& manifest, int64_t networks, const Rows& test,
                const EnsembleOutputs& outputs, Figures* figures) {
  const CalibrationFloor floor = FloorOfCalibration(outputs.mean);
  (*figures)["ece_floor"] = floor.mean;
  (*figures)["ece_floor_deviation"] = floor.deviation;
  if (networks > 1) {
    figures->merge(MemberFigures(outputs.network_outputs, test.targets));
  }
  figures->merge(SelectiveFigures(manifest, networks, outputs, test.targets));
  figures->merge(EnsembleSizeFigures(manifest, outputs.network_outputs,
                                     test.targets, {2, 3, 5, 7, 10, 20, 50}));
  figures->merge(ConformalFigures(manifest, outputs.mean, test.targets));
}

void AddRows(const Rows& test, const EnsembleOutputs& outputs,
             ExperimentResult* result) {
  const at::Tensor right =
      (outputs.mean.argmax(-1) == test.targets).to(at::kByte).contiguous();
  const at::Tensor losses =
      (-LogProbabilities(outputs.mean.gather(-1, test.targets.unsqueeze(-1))))
          .squeeze(-1)
          .to(at::kFloat)
          .contiguous();
  const auto* rights = right.data_ptr<uint8_t>();
  const auto* numbers = losses.data_ptr<float>();
  result->row_right.assign(rights, rights + right.numel());
  result->row_losses.assign(numbers, numbers + losses.numel());
}

// What only a classification has.
absl::Status AddClassification(const Ensemble& ensemble, const Rows& test,
                               const EnsembleOutputs& outputs,
                               const FullEvaluationOptions& options,
                               ExperimentResult* result) {
  result->reliability_single =
      Reliability(Untempered(outputs.network_outputs,
                             LogitTemperatureOf(ensemble.manifest())),
                  test.targets);
  result->reliability = Reliability(outputs.mean, test.targets);
  AddFigures(ensemble.manifest(), options.num_networks, test, outputs,
             &result->figures);
  AddRows(test, outputs, result);
  const std::vector<std::string>& names = ensemble.manifest().class_names;
  result->most_uncertain =
      UncertainPictures(test, outputs, names, kPictures, /*most=*/true);
  result->least_uncertain =
      UncertainPictures(test, outputs, names, kPictures, /*most=*/false);
  HG_ASSIGN_OR_RETURN(
      result->filters,
      FirstLayerFilters(ensemble,
                        std::min(kFilterNetworks, options.num_networks),
                        options.seed));
  return absl::OkStatus();
}

void AddBands(const Rows& test, const EnsembleOutputs& outputs,
              ExperimentResult* result) {
  result->bands.clear();
  const int64_t networks = outputs.network_outputs.size(0);
  if (networks > kSmallBand) {
    result->bands.push_back(BandOf(test, outputs, kSmallBand));
  }
  result->bands.push_back(BandOf(test, outputs, networks));
}

absl::StatusOr<OutsideResult> EvaluateOutside(
    const Ensemble& ensemble, const EnsembleOutputs& inside,
    const OutsideRows& outside, const FullEvaluationOptions& options) {
  HG_RETURN_IF_ERROR(
      CheckInputs(outside.name, outside.rows, ensemble.manifest()));
  const Rows rows = outside.rows.First(options.max_rows);
  HG_ASSIGN_OR_RETURN(
      const EnsembleOutputs outputs,
      PredictRows(ensemble, rows, /*network_outputs=*/false, options));
  OutsideResult result;
  result.outside = outside.name;
  result.inside_rows = inside.mean.size(0);
  result.outside_rows = rows.size();
  result.scores = SeparateScores(inside.scores, outputs.scores);
  return result;
}

}  // namespace

absl::Status EvaluateFully(const Ensemble& ensemble, const Rows& test,
                           const std::vector<OutsideRows>& outside,
                           const FullEvaluationOptions& options,
                           ExperimentResult* result) {
  return TorchGuard("evaluation", [&]() -> absl::Status {
    HG_RETURN_IF_ERROR(CheckInputs("test rows", test, ensemble.manifest()));
    const Rows rows = test.First(options.max_rows);
    HG_ASSIGN_OR_RETURN(
        const EnsembleOutputs outputs,
        PredictRows(ensemble, rows, /*network_outputs=*/true, options));
    const Task task = ensemble.manifest().task;
    result->networks = options.num_networks;
    HG_ASSIGN_OR_RETURN(result->figures,
                        FiguresOf(ensemble.manifest(), outputs, rows.targets));
    if (task == Task::kClassification) {
      HG_RETURN_IF_ERROR(
          AddClassification(ensemble, rows, outputs, options, result));
    } else if (IsCurve(rows)) {
      AddBands(rows, outputs, result);
    }
    result->outside.clear();
    for (const OutsideRows& some : outside) {
      HG_ASSIGN_OR_RETURN(OutsideResult separated,
                          EvaluateOutside(ensemble, outputs, some, options));
      result->outside.push_back(std::move(separated));
    }
    return absl::OkStatus();
  });
}

void AddObservations(const Rows& training, ExperimentResult* result) {
  if (!IsCurve(training)) return;
  result->observations_x = ToVector(training.inputs);
  result->observations_y = ToVector(training.targets);
}

}  // namespace hypergan::trainer
