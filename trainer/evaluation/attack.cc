#include "trainer/evaluation/attack.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/outside.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMostPasses = 1000;  // steps, and restarts
// What the steps of PGD sum to, of epsilon: from one side of the ball to the
// other and some more.
constexpr double kPgdWay = 2.5;

absl::Status CheckPasses(const char* what, int64_t count) {
  if (count >= 1 && count <= kMostPasses) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "attack: ", what, ": expected 1..", kMostPasses, ", got ", count));
}

absl::Status Check(const at::Tensor& inputs, const AttackOptions& options) {
  HG_RETURN_IF_ERROR(CheckPasses("steps", options.steps));
  HG_RETURN_IF_ERROR(CheckPasses("restarts", options.restarts));
  double before = 0;
  for (double epsilon : options.epsilons) {
    if (!(epsilon > before && epsilon <= 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("attack: expected ascending epsilons in (0, 1], got ",
                       epsilon, " after ", before));
    }
    before = epsilon;
  }
  const double least = inputs.min().item<double>();
  const double most = inputs.max().item<double>();
  if (!(least >= 0 && most <= 1)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "attack: expected inputs in [0, 1], got ", least, " to ", most));
  }
  return absl::OkStatus();
}

at::Tensor RandomStart(const at::Tensor& inputs, double epsilon,
                       at::Generator& generator) {
  const at::Tensor shift =
      at::empty_like(inputs).uniform_(-epsilon, epsilon, generator);
  return (inputs + shift).clamp(0, 1);
}

absl::StatusOr<at::Tensor> PgdFrom(at::Tensor x, const LossGradient& gradient,
                                   const at::Tensor& inputs,
                                   const at::Tensor& labels, double epsilon,
                                   const AttackOptions& options) {
  const at::Tensor least = (inputs - epsilon).clamp_min(0);
  const at::Tensor most = (inputs + epsilon).clamp_max(1);
  const double length = kPgdWay / static_cast<double>(options.steps) * epsilon;
  for (int64_t step = 0; step < options.steps; ++step) {
    HG_ASSIGN_OR_RETURN(const at::Tensor slope,
                        gradient.At(x, labels, options.interrupt));
    x = x + length * slope.sign();
    x = at::minimum(at::maximum(x, least), most);
  }
  return x;
}

absl::StatusOr<at::Tensor> Pgd(const LossGradient& gradient,
                               const at::Tensor& inputs,
                               const at::Tensor& labels, double epsilon,
                               const AttackOptions& options) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(
      StreamSeed(options.seed, Stream::kAttack));
  at::Tensor worst, losses;
  for (int64_t restart = 0; restart < options.restarts; ++restart) {
    HG_ASSIGN_OR_RETURN(const at::Tensor x,
                        PgdFrom(RandomStart(inputs, epsilon, generator),
                                gradient, inputs, labels, epsilon, options));
    if (options.restarts == 1) return x;
    HG_ASSIGN_OR_RETURN(const at::Tensor now,
                        gradient.Losses(x, labels, options.interrupt));
    if (restart == 0) {
      worst = x;
      losses = now;
      continue;
    }
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[0] = x.size(0);
    worst = at::where((now > losses).view(shape), x, worst);
    losses = at::maximum(now, losses);
  }
  return worst;
}

// The curve's point where the ensemble says `attacked` of the attacked rows.
AttackPoint PointOf(double epsilon, const EnsembleOutputs& attacked,
                    const EnsembleOutputs& clean, const at::Tensor& labels) {
  AttackPoint point;
  point.epsilon = epsilon;
  point.accuracy_single = Accuracy(attacked.network_outputs[0], labels);
  point.accuracy_ensemble = Accuracy(attacked.mean, labels);
  for (const auto& [name, s] : SeparateScores(clean.scores, attacked.scores)) {
    point.auroc[name] = s.auroc;
  }
  for (const auto& [name, score] : ScoresByName(attacked.scores)) {
    point.mean_score[name] = score.mean().item<double>();
  }
  return point;
}

absl::StatusOr<AttackResult> Curve(const Ensemble& ensemble, const Rows& rows,
                                   const LossGradient& gradient,
                                   const AttackOptions& options) {
  AttackResult result;
  result.attack = options.kind == AttackKind::kFgsm ? "fgsm" : "pgd";
  result.attacked = options.on_ensemble ? "ensemble" : "network";
  result.rows = rows.size();
  result.networks = options.num_networks;
  result.fresh_networks = options.fresh_networks;
  if (options.kind == AttackKind::kPgd) {
    result.steps = options.steps;
    result.restarts = options.restarts;
  }
  EvaluationOptions query;
  query.num_networks = options.num_networks;
  query.seed = options.seed;
  query.interrupt = options.interrupt;
  const auto ask = [&](const Rows& some) {
    return PredictRows(ensemble, some, /*network_outputs=*/true, query);
  };
  const auto ask_fresh = [&](const Rows& some) -> absl::StatusOr<double> {
    EvaluationOptions fresh = query;
    fresh.seed = query.seed + 1;
    fresh.num_networks = options.fresh_networks;
    HG_ASSIGN_OR_RETURN(
        const EnsembleOutputs outputs,
        PredictRows(ensemble, some, /*network_outputs=*/false, fresh));
    return Accuracy(outputs.mean, rows.targets);
  };
  HG_ASSIGN_OR_RETURN(const EnsembleOutputs clean, ask(rows));
  result.points.push_back(PointOf(0, clean, clean, rows.targets));
  HG_ASSIGN_OR_RETURN(result.points.back().accuracy_fresh, ask_fresh(rows));
  for (double epsilon : options.epsilons) {
    Rows attacked;
    HG_ASSIGN_OR_RETURN(
        attacked.inputs,
        Perturb(gradient, rows.inputs, rows.targets, epsilon, options));
    HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs, ask(attacked));
    result.points.push_back(PointOf(epsilon, outputs, clean, rows.targets));
    HG_ASSIGN_OR_RETURN(result.points.back().accuracy_fresh,
                        ask_fresh(attacked));
  }
  return result;
}

}  // namespace

absl::StatusOr<at::Tensor> Perturb(const LossGradient& gradient,
                                   const at::Tensor& inputs,
                                   const at::Tensor& labels, double epsilon,
                                   const AttackOptions& options) {
  return TorchGuard("attack", [&]() -> absl::StatusOr<at::Tensor> {
    at::NoGradGuard no_grad;
    if (options.kind == AttackKind::kPgd) {
      return Pgd(gradient, inputs, labels, epsilon, options);
    }
    HG_ASSIGN_OR_RETURN(const at::Tensor slope,
                        gradient.At(inputs, labels, options.interrupt));
    return (inputs + epsilon * slope.sign()).clamp(0, 1);
  });
}

absl::StatusOr<AttackResult> Attack(const Ensemble& ensemble, const Rows& rows,
                                    const AttackOptions& options) {
  return TorchGuard("attack", [&]() -> absl::StatusOr<AttackResult> {
    Rows clean;
    clean.inputs = rows.Inputs(0, rows.size());
    clean.targets = rows.targets;
    HG_RETURN_IF_ERROR(Check(clean.inputs, options));
    HG_ASSIGN_OR_RETURN(
        const LossGradient gradient,
        LossGradient::Create(ensemble,
                             options.on_ensemble ? options.num_networks : 1,
                             options.seed));
    return Curve(ensemble, clean, gradient, options);
  });
}

}  // namespace hypergan::trainer
