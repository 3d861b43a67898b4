#include "trainer/evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"
#include "hypergan/torch_guard.h"
#include "trainer/progress.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kBatchRows = 512;
// Keeps the logarithm of a probability that rounded to zero finite.
constexpr double kSmallestProbability = 1e-38;

double Accuracy(const at::Tensor& probabilities, const at::Tensor& labels) {
  return (probabilities.argmax(-1) == labels)
      .to(at::kDouble)
      .mean()
      .item<double>();
}

// Mean over rows (and networks) of -log p[label]; `probabilities` [..., R, K].
double NegativeLogLikelihood(const at::Tensor& probabilities,
                             const at::Tensor& labels) {
  std::vector<int64_t> shape = probabilities.sizes().vec();
  shape.back() = 1;
  const at::Tensor chosen = probabilities.to(at::kDouble)
                                .gather(-1, labels.unsqueeze(-1).expand(shape));
  return -chosen.clamp_min(kSmallestProbability).log().mean().item<double>();
}

// The mean accuracy of the disjoint ensembles of `size` networks.
double EnsembleAccuracy(const at::Tensor& outputs, const at::Tensor& labels,
                        int64_t size) {
  double sum = 0;
  const int64_t ensembles = outputs.size(0) / size;
  for (int64_t i = 0; i < ensembles; ++i) {
    sum += Accuracy(outputs.narrow(0, i * size, size).mean(0), labels);
  }
  return sum / static_cast<double>(ensembles);
}

// Joins what consecutive batches of rows gave; `field` picks the tensor.
template <typename Field>
at::Tensor Join(const std::vector<EnsembleOutputs>& batches, int64_t dimension,
                Field field) {
  std::vector<at::Tensor> tensors;
  for (const EnsembleOutputs& batch : batches) {
    if (!field(batch).defined()) return {};
    tensors.push_back(field(batch));
  }
  return at::cat(tensors, dimension);
}

EnsembleOutputs JoinAll(const std::vector<EnsembleOutputs>& batches) {
  using Outputs = EnsembleOutputs;
  Outputs all;
  all.mean = Join(batches, 0, [](const Outputs& o) { return o.mean; });
  all.variance = Join(batches, 0, [](const Outputs& o) { return o.variance; });
  all.network_outputs =
      Join(batches, 1, [](const Outputs& o) { return o.network_outputs; });
  for (at::Tensor Scores::*score :
       {&Scores::predictive_entropy, &Scores::expected_entropy,
        &Scores::mutual_information, &Scores::total_variance,
        &Scores::max_probability}) {
    all.scores.*score =
        Join(batches, 0, [&](const Outputs& o) { return o.scores.*score; });
  }
  return all;
}

}  // namespace

absl::StatusOr<EnsembleOutputs> PredictRows(const Ensemble& ensemble,
                                            const Rows& rows,
                                            bool network_outputs,
                                            const EvaluationOptions& options) {
  EnsembleOptions query;
  query.num_networks = options.num_networks;
  query.seed = options.seed;
  query.network_outputs = network_outputs;
  query.interrupt = options.interrupt;
  std::vector<EnsembleOutputs> batches;
  std::optional<Progress> progress;
  if (!options.label.empty()) {
    progress.emplace(options.label, (rows.size() - 1) / kBatchRows + 1,
                     "networks x rows");
  }
  for (int64_t first = 0; first < rows.size(); first += kBatchRows) {
    const int64_t count = std::min(kBatchRows, rows.size() - first);
    HG_ASSIGN_OR_RETURN(EnsembleOutputs batch,
                        ensemble.Predict(rows.Inputs(first, count), query));
    batches.push_back(std::move(batch));
    if (progress) {
      progress->Advance(static_cast<double>(count * options.num_networks));
    }
  }
  return JoinAll(batches);
}

absl::StatusOr<Figures> Evaluate(const Ensemble& ensemble, const Rows& rows,
                                 const EvaluationOptions& options) {
  HG_ASSIGN_OR_RETURN(
      const EnsembleOutputs outputs,
      PredictRows(ensemble, rows, /*network_outputs=*/true, options));
  return FiguresOf(ensemble.manifest().task, outputs, rows.targets);
}

absl::StatusOr<Figures> FiguresOf(Task task, const EnsembleOutputs& outputs,
                                  const at::Tensor& targets) {
  return TorchGuard("figures", [&]() -> absl::StatusOr<Figures> {
    return task == Task::kClassification
               ? ClassificationFigures(outputs, targets)
               : RegressionFigures(outputs, targets);
  });
}

Figures ClassificationFigures(const EnsembleOutputs& outputs,
                              const at::Tensor& labels) {
  const at::Tensor& networks = outputs.network_outputs;  // [N, R, K]
  const at::Tensor single =
      (networks.argmax(-1) == labels).to(at::kDouble).mean(1);  // [N]
  Figures figures;
  figures["accuracy_1"] = single.mean().item<double>();
  figures["accuracy_1_deviation"] =
      single.size(0) > 1 ? single.std().item<double>() : 0.0;
  for (int64_t size : {5, 10, 100}) {
    if (size > networks.size(0)) break;
    figures[absl::StrCat("accuracy_", size)] =
        EnsembleAccuracy(networks, labels, size);
  }
  figures["nll_1"] = NegativeLogLikelihood(networks, labels);
  figures["nll"] = NegativeLogLikelihood(outputs.mean, labels);
  figures["ece"] = ExpectedCalibrationError(outputs.mean, labels);
  return figures;
}

Figures RegressionFigures(const EnsembleOutputs& outputs,
                          const at::Tensor& targets) {
  const auto rmse = [&](const at::Tensor& values) {
    return (values.to(at::kDouble) - targets)
        .square()
        .mean()
        .sqrt()
        .item<double>();
  };
  return {{"rmse_1", rmse(outputs.network_outputs)},
          {"rmse", rmse(outputs.mean)},
          {"mean_deviation", outputs.variance.sqrt().mean().item<double>()}};
}

double ExpectedCalibrationError(const at::Tensor& probabilities,
                                const at::Tensor& labels) {
  constexpr int64_t kBins = 15;
  const auto [confidence, predicted] = probabilities.to(at::kDouble).max(-1);
  const at::Tensor right = (predicted == labels).to(at::kDouble);
  const at::Tensor bin = (confidence * kBins).to(at::kLong).clamp(0, kBins - 1);
  // A bin's |accuracy - confidence| times its share of rows is the size of the
  // summed difference over all rows.
  const at::Tensor gap =
      at::zeros({kBins}, at::kDouble).index_add_(0, bin, right - confidence);
  return (gap.abs().sum() / labels.size(0)).item<double>();
}

std::vector<double> ToVector(const at::Tensor& tensor) {
  const at::Tensor doubles = tensor.to(at::kDouble).contiguous();
  const auto* data = doubles.data_ptr<double>();
  return {data, data + doubles.numel()};
}

std::vector<double> PrimaryScores(const EnsembleOutputs& outputs, Task task) {
  return ToVector(task == Task::kClassification
                      ? outputs.scores.predictive_entropy
                      : outputs.scores.total_variance);
}

}  // namespace hypergan::trainer
