#include "trainer/evaluation/shift.h"

#include <ATen/ATen.h>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/outside.h"
#include "trainer/evaluation/reliability.h"

namespace hypergan::trainer {
namespace {

ShiftPoint PointOf(double amount, const EnsembleOutputs& outputs,
                   const at::Tensor& labels) {
  ShiftPoint point;
  point.amount = amount;
  point.figures = {{"accuracy", Accuracy(outputs.mean, labels)},
                   {"nll", NegativeLogLikelihood(outputs.mean, labels)},
                   {"ece", ExpectedCalibrationError(outputs.mean, labels)}};
  for (const auto& [name, score] : ScoresByName(outputs.scores)) {
    if (name != "predictive_entropy" && name != "mutual_information") continue;
    point.figures[name] = score.mean().item<double>();
  }
  return point;
}

}  // namespace

absl::StatusOr<std::vector<ShiftResult>> EvaluateShift(
    const Ensemble& ensemble, const Rows& rows,
    absl::Span<const Corruption> kinds, const FullEvaluationOptions& options) {
  using Results = std::vector<ShiftResult>;
  return TorchGuard("shift", [&]() -> absl::StatusOr<Results> {
    HG_RETURN_IF_ERROR(CheckInputs("shift", rows, ensemble.manifest()));
    const Rows some = rows.First(options.max_rows);
    const at::Tensor images = some.Inputs(0, some.size());
    EvaluationOptions query = options;
    query.label.clear();
    const auto ask =
        [&](double amount,
            const at::Tensor& inputs) -> absl::StatusOr<ShiftPoint> {
      Rows changed;
      changed.inputs = inputs;
      HG_ASSIGN_OR_RETURN(
          const EnsembleOutputs outputs,
          PredictRows(ensemble, changed, /*network_outputs=*/false, query));
      return PointOf(amount, outputs, some.targets);
    };
    Results results;
    HG_ASSIGN_OR_RETURN(const ShiftPoint clean, ask(0, images));
    for (const Corruption kind : kinds) {
      ShiftResult& result = results.emplace_back();
      result.kind = CorruptionName(kind);
      result.points.push_back(clean);
      if (!options.label.empty()) query.label = result.kind;
      for (const double amount : CorruptionAmounts(kind)) {
        HG_ASSIGN_OR_RETURN(const at::Tensor changed,
                            Corrupt(images, kind, amount, options.seed));
        HG_ASSIGN_OR_RETURN(result.points.emplace_back(), ask(amount, changed));
      }
    }
    return results;
  });
}

}  // namespace hypergan::trainer
