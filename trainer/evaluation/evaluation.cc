#include "trainer/evaluation/evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/evaluation/noise_estimate.h"
#include "trainer/evaluation/reliability.h"
#include "trainer/evaluation/temperature.h"
#include "trainer/loop/progress.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kBatchRows = 512;

// Mean over rows (and networks) of the squared distance between `probabilities`
// [..., R, K] and certainty of the label.
double Brier(const at::Tensor& probabilities, const at::Tensor& labels) {
  const at::Tensor certain =
      at::one_hot(labels, probabilities.size(-1)).to(probabilities.dtype());
  return (probabilities - certain)
      .square()
      .sum(-1)
      .mean(at::kDouble)
      .item<double>();
}

// Figures of the disjoint ensembles of `size` networks, the mean over them.
void AddEnsembles(const Manifest& manifest, const at::Tensor& outputs,
                  const at::Tensor& labels, int64_t size, Figures* figures) {
  double accuracy = 0;
  double nll = 0;
  const int64_t ensembles = outputs.size(0) / size;
  for (int64_t i = 0; i < ensembles; ++i) {
    const at::Tensor mean = PoolTempered(
        outputs.narrow(0, i * size, size).mean(0), manifest.pool_temperature);
    accuracy += Accuracy(mean, labels);
    nll += NegativeLogLikelihood(mean, labels);
  }
  const auto count = static_cast<double>(ensembles);
  (*figures)[absl::StrCat("accuracy_", size)] = accuracy / count;
  // Of 100 networks it is `nll`, as a rule.
  if (size < 100) (*figures)[absl::StrCat("nll_", size)] = nll / count;
}

// Mean over networks of a network's expected calibration error.
double SingleCalibrationError(const at::Tensor& outputs,
                              const at::Tensor& labels) {
  double sum = 0;
  for (const at::Tensor& network : outputs.unbind(0)) {
    sum += ExpectedCalibrationError(network, labels);
  }
  return sum / static_cast<double>(outputs.size(0));
}

// What single networks say is kept whole, and more than once.
absl::Status CheckNumbers(int64_t networks, int64_t rows, int64_t outputs) {
  constexpr double kMax = 1e9;  // of four bytes
  const double numbers = static_cast<double>(networks) *
                         static_cast<double>(rows) *
                         static_cast<double>(outputs);
  if (numbers <= kMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "expected at most ", kMax, " networks x rows x outputs, got ", networks,
      " x ", rows, " x ", outputs));
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

}  // namespace

EnsembleOutputs JoinRows(const std::vector<EnsembleOutputs>& batches) {
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

absl::Status CheckInputs(const std::string& name, const Rows& rows,
                         const Manifest& manifest) {
  const at::IntArrayRef got = rows.inputs.sizes();
  if (got[0] > 0 && got.slice(1) == at::IntArrayRef(manifest.input_shape)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      name, ": expected inputs [rows, ",
      absl::StrJoin(manifest.input_shape, ", "), "], at least one row, got [",
      absl::StrJoin(got, ", "), "]"));
}

absl::StatusOr<EnsembleOutputs> PredictRows(const Ensemble& ensemble,
                                            const Rows& rows,
                                            bool network_outputs,
                                            const EvaluationOptions& options) {
  if (network_outputs) {
    HG_RETURN_IF_ERROR(CheckNumbers(options.num_networks, rows.size(),
                                    ensemble.manifest().num_outputs));
  }
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
  return TorchGuard(
      "joining what networks said",
      [&]() -> absl::StatusOr<EnsembleOutputs> { return JoinRows(batches); });
}

absl::StatusOr<Figures> Evaluate(const Ensemble& ensemble, const Rows& rows,
                                 const EvaluationOptions& options) {
  HG_ASSIGN_OR_RETURN(
      const EnsembleOutputs outputs,
      PredictRows(ensemble, rows, /*network_outputs=*/true, options));
  return FiguresOf(ensemble.manifest(), outputs, rows.targets);
}

absl::StatusOr<Figures> FiguresOf(const Manifest& manifest,
                                  const EnsembleOutputs& outputs,
                                  const at::Tensor& targets) {
  return TorchGuard("figures", [&]() -> absl::StatusOr<Figures> {
    if (manifest.task == Task::kClassification) {
      return ClassificationFigures(manifest, outputs, targets);
    }
    Figures figures = RegressionFigures(outputs, targets);
    if (!manifest.noise_deviation.empty()) {
      figures.merge(
          PredictiveFigures(outputs, manifest.noise_deviation, targets));
    }
    return figures;
  });
}

Figures ClassificationFigures(const Manifest& manifest,
                              const EnsembleOutputs& outputs,
                              const at::Tensor& labels) {
  const at::Tensor& networks = outputs.network_outputs;  // [N, R, K]
  const at::Tensor alone = Untempered(networks, LogitTemperatureOf(manifest));
  const at::Tensor single =
      (networks.argmax(-1) == labels).to(at::kDouble).mean(1);  // [N]
  Figures figures;
  figures["accuracy_1"] = single.mean().item<double>();
  if (single.size(0) > 1) {
    figures["accuracy_1_deviation"] = single.std().item<double>();
  }
  figures.merge(EnsembleSizeFigures(manifest, networks, labels, {5, 10, 100}));
  figures["nll_1"] = NegativeLogLikelihood(alone, labels);
  figures["nll"] = NegativeLogLikelihood(outputs.mean, labels);
  figures["brier_1"] = Brier(alone, labels);
  figures["brier"] = Brier(outputs.mean, labels);
  figures["ece_1"] = SingleCalibrationError(alone, labels);
  figures["ece"] = ExpectedCalibrationError(outputs.mean, labels);
  return figures;
}

Figures EnsembleSizeFigures(const Manifest& manifest,
                            const at::Tensor& network_outputs,
                            const at::Tensor& labels,
                            const std::vector<int64_t>& sizes) {
  Figures figures;
  for (const int64_t size : sizes) {
    if (size > network_outputs.size(0)) continue;
    AddEnsembles(manifest, network_outputs, labels, size, &figures);
  }
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
  Figures figures = {{"rmse_1", rmse(outputs.network_outputs)},
                     {"rmse", rmse(outputs.mean)}};
  if (outputs.network_outputs.size(0) > 1) {
    figures["mean_deviation"] = outputs.variance.sqrt().mean().item<double>();
  }
  return figures;
}

at::Tensor LogProbabilities(const at::Tensor& probabilities) {
  constexpr double kSmallest = 1e-38;
  return probabilities.to(at::kDouble).clamp_min(kSmallest).log();
}

double NegativeLogLikelihood(const at::Tensor& probabilities,
                             const at::Tensor& labels) {
  std::vector<int64_t> shape = probabilities.sizes().vec();
  shape.back() = 1;
  const at::Tensor chosen =
      probabilities.gather(-1, labels.unsqueeze(-1).expand(shape));
  return -LogProbabilities(chosen).mean().item<double>();
}

double Accuracy(const at::Tensor& probabilities, const at::Tensor& labels) {
  return (probabilities.argmax(-1) == labels)
      .to(at::kDouble)
      .mean()
      .item<double>();
}

std::vector<double> ToVector(const at::Tensor& tensor) {
  const at::Tensor doubles = tensor.to(at::kDouble).contiguous();
  const auto* data = doubles.data_ptr<double>();
  return {data, data + doubles.numel()};
}

}  // namespace hypergan::trainer
