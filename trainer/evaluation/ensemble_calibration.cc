#include "trainer/evaluation/ensemble_calibration.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/predictive.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/loop/progress.h"

namespace hypergan::trainer {
namespace {

using ScoresByNetworks = std::map<int64_t, std::vector<double>>;

constexpr int64_t kDraws = 50;
// Networks x rows x outputs of a draw, which are kept whole.
constexpr int64_t kMaxNumbers = 10'000'000;

// Of `outputs` [n, B, K] by n networks: [B].
using Score = at::Tensor (*)(const at::Tensor& outputs,
                             const Manifest& manifest);

at::Tensor TotalVariance(const at::Tensor& outputs,
                         const Manifest& /*manifest*/) {
  return outputs.var(0).sum(-1);
}

at::Tensor MutualInformation(const at::Tensor& outputs,
                             const Manifest& /*manifest*/) {
  return (Entropy(outputs.mean(0)) - Entropy(outputs).mean(0)).clamp_min(0);
}

at::Tensor PrimaryScore(const at::Tensor& outputs, const Manifest& manifest) {
  return manifest.task == Task::kClassification
             ? Entropy(PoolTempered(outputs.mean(0), manifest.pool_temperature))
             : TotalVariance(outputs, manifest);
}

// Of `outputs` [N, B, K] by the disjoint ensembles of `size` networks, a row by
// one of them: [B].
at::Tensor ScoresOf(Score score, const at::Tensor& outputs,
                    const Manifest& manifest, int64_t size) {
  const int64_t rows = outputs.size(1);
  const int64_t ensembles = std::min(outputs.size(0) / size, rows);
  const at::Tensor scores = at::empty({rows}, at::kDouble);
  for (int64_t i = 0; i < ensembles; ++i) {
    const at::Tensor own =
        outputs.narrow(0, i * size, size).slice(1, i, std::nullopt, ensembles);
    scores.slice(0, i, std::nullopt, ensembles).copy_(score(own, manifest));
  }
  return scores;
}

struct OtherScore {
  const char* name;
  Score score;
  std::vector<double> scores = {};  // of the rows so far
};

// Those that the server counts besides the primary one.
std::vector<OtherScore> OtherScores(Task task) {
  if (task == Task::kRegression) return {};
  return {{"mutual_information", MutualInformation},
          {"total_variance", TotalVariance}};
}

// What the primary score tends to with more and more networks: [B]. An
// entropy's bias is about a / N, so that either half of the networks has twice
// the bias of the whole; a variance has none.
at::Tensor LimitScores(const at::Tensor& outputs, const Manifest& manifest) {
  const int64_t half = outputs.size(0) / 2;
  const at::Tensor halves =
      PrimaryScore(outputs.narrow(0, 0, half), manifest) +
      PrimaryScore(outputs.narrow(0, half, half), manifest);
  return 2 * PrimaryScore(outputs, manifest) - halves / 2;
}

// float64 [N, B, K]; for a classification they sum to 1, which float32 did not
// hold where one is close to 1.
at::Tensor NetworkOutputs(const EnsembleOutputs& outputs, Task task) {
  const at::Tensor doubles = outputs.network_outputs.to(at::kDouble);
  return task == Task::kClassification ? doubles / doubles.sum(-1, true)
                                       : doubles;
}

void Append(const at::Tensor& scores, std::vector<double>* all) {
  const std::vector<double> more = ToVector(scores);
  all->insert(all->end(), more.begin(), more.end());
}

// Draws between which `rows` are shared out.
int64_t CountDraws(int64_t rows, int64_t networks, int64_t outputs) {
  const int64_t most_rows =
      std::max<int64_t>(1, kMaxNumbers / (networks * outputs));
  return std::min(rows, std::max(kDraws, (rows - 1) / most_rows + 1));
}

}  // namespace

absl::StatusOr<Calibration> CalibrateEnsemble(
    const Ensemble& ensemble, const Rows& rows,
    const EvaluationOptions& options) {
  const Manifest& manifest = ensemble.manifest();
  const int64_t default_networks = std::max<int64_t>(2, options.num_networks);
  ScoresByNetworks scores = {{default_networks, {}}};
  for (const int64_t size : {2, 3, 5, 10, 20, 50, 100}) scores[size];
  std::vector<double> limit;
  std::vector<OtherScore> others = OtherScores(manifest.task);

  EnsembleOptions query;
  query.num_networks = scores.rbegin()->first;
  query.network_outputs = true;
  query.interrupt = options.interrupt;
  const int64_t draws =
      CountDraws(rows.size(), query.num_networks, manifest.num_outputs);
  std::optional<Progress> progress;
  if (!options.label.empty()) {
    progress.emplace(options.label, draws, "networks x rows");
  }
  for (int64_t draw = 0; draw < draws; ++draw) {
    const int64_t first = draw * rows.size() / draws;
    const int64_t count = (draw + 1) * rows.size() / draws - first;
    query.seed = options.seed + static_cast<uint64_t>(draw);
    HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                        ensemble.Predict(rows.Inputs(first, count), query));
    HG_RETURN_IF_ERROR(TorchGuard("calibration", [&] {
      const at::Tensor networks = NetworkOutputs(outputs, manifest.task);
      for (auto& [size, all] : scores) {
        Append(ScoresOf(PrimaryScore, networks, manifest, size), &all);
      }
      for (OtherScore& other : others) {
        Append(ScoresOf(other.score, networks, manifest, default_networks),
               &other.scores);
      }
      Append(LimitScores(networks, manifest), &limit);
      return absl::OkStatus();
    }));
    if (progress) {
      progress->Advance(static_cast<double>(count * query.num_networks));
    }
  }
  scores[kManyNetworks] = std::move(limit);
  HG_ASSIGN_OR_RETURN(Calibration calibration,
                      Calibrate(DefaultPrimaryScore(manifest.task),
                                default_networks, std::move(scores)));
  for (OtherScore& other : others) {
    HG_RETURN_IF_ERROR(
        AddOtherScore(other.name, std::move(other.scores), &calibration));
  }
  return calibration;
}

absl::StatusOr<LabelCalibration> CalibrateEnsembleLabels(
    const Ensemble& ensemble, const Rows& rows,
    const EvaluationOptions& options) {
  HG_ASSIGN_OR_RETURN(
      const EnsembleOutputs outputs,
      PredictRows(ensemble, rows, /*network_outputs=*/false, options));
  return TorchGuard("calibration of labels",
                    [&]() -> absl::StatusOr<LabelCalibration> {
                      const at::Tensor scores =
                          1 - outputs.mean.to(at::kDouble)
                                  .gather(-1, rows.targets.unsqueeze(-1))
                                  .squeeze(-1);
                      return CalibrateLabels(ToVector(scores.clamp(0, 1)));
                    });
}

std::string LackOfCalibrationRows(int64_t rows) {
  const int64_t least = *LeastRows(Calibration().threshold);
  if (rows >= least) return "";
  return absl::StrCat(
      rows, " calibration rows are too few: answers will have no ",
      rows == 0 ? "ood_score and no is_ood" : "is_ood", ", which takes ", least,
      " rows or more (--calibration_data, --calibration_rows)");
}

}  // namespace hypergan::trainer
