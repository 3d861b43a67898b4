#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/ensemble/ensemble.h"
#include "trainer/data/rows.h"

namespace hypergan::trainer {

// Figures by name, as they stand in metrics, manifests and reports:
//   classification: accuracy_1 (mean over single networks),
//   accuracy_1_deviation,
//     accuracy_5, accuracy_10, accuracy_100, nll_5, nll_10 (ensembles; the mean
//     over the disjoint ones that the networks make), nll_1, nll (of the whole
//     ensemble), ece_1 (mean over single networks,
//     trainer/evaluation/reliability.h), ece, brier_1 and brier (mean over rows
//     of sum_k (p_k - [k is the label])^2); nll_1, ece_1 and brier_1 are before
//     a temperature, which is the ensemble's and makes single networks too sure
//   regression: rmse_1, rmse, and mean_deviation (of the networks: epistemic);
//     where the manifest has the noise, PredictiveFigures as well
//     (trainer/evaluation/noise_estimate.h)
// One network has no deviations.
using Figures = std::map<std::string, double>;

struct EvaluationOptions {
  int64_t num_networks = 100;
  uint64_t seed = 0;
  std::function<absl::Status()> interrupt;
  std::string label;  // of a progress bar; empty: none
};

// INVALID_ARGUMENT, naming `what`, for rows that are not of the ensemble's
// input shape, or fewer than one.
absl::Status CheckInputs(const std::string& what, const Rows& rows,
                         const Manifest& manifest);

// Asks the ensemble about all of `rows` in batches; everything that
// EnsembleOutputs holds is joined over the rows, but for the durations.
// INVALID_ARGUMENT for network_outputs of more than 1e9 numbers.
absl::StatusOr<EnsembleOutputs> PredictRows(const Ensemble& ensemble,
                                            const Rows& rows,
                                            bool network_outputs,
                                            const EvaluationOptions& options);

// What was said of consecutive rows, as one answer; network_outputs and scores
// where all of them have these.
EnsembleOutputs JoinRows(const std::vector<EnsembleOutputs>& batches);

// The figures of `ensemble` on labelled rows.
absl::StatusOr<Figures> Evaluate(const Ensemble& ensemble, const Rows& rows,
                                 const EvaluationOptions& options);

// The same from outputs of `manifest`'s checkpoint, with network_outputs [N, R,
// K], that are there already.
absl::StatusOr<Figures> FiguresOf(const Manifest& manifest,
                                  const EnsembleOutputs& outputs,
                                  const at::Tensor& targets);
Figures ClassificationFigures(const Manifest& manifest,
                              const EnsembleOutputs& outputs,
                              const at::Tensor& labels);
// accuracy_N and nll_N of ensembles of N of the networks, for each N of `sizes`
// that there are networks for: the mean over the disjoint ones.
Figures EnsembleSizeFigures(const Manifest& manifest,
                            const at::Tensor& network_outputs,
                            const at::Tensor& labels,
                            const std::vector<int64_t>& sizes);
Figures RegressionFigures(const EnsembleOutputs& outputs,
                          const at::Tensor& targets);

// Their logarithms, float64; none is taken to be below 1e-38.
at::Tensor LogProbabilities(const at::Tensor& probabilities);

// Mean over rows (and networks) of -log p[label], `probabilities` [..., R, K].
double NegativeLogLikelihood(const at::Tensor& probabilities,
                             const at::Tensor& labels);

// The share of rows of `probabilities` [R, K] whose largest is their label's.
double Accuracy(const at::Tensor& probabilities, const at::Tensor& labels);

// Its numbers, row-major.
std::vector<double> ToVector(const at::Tensor& tensor);

}  // namespace hypergan::trainer
