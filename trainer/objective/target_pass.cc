#include "trainer/objective/target_pass.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/objective/losses.h"

namespace hypergan::trainer {
namespace {

// log mean exp over networks, the dimension `networks`. By logarithms: where a
// mean is too small for a float, the gradient of mean log(mean) is 0 / 0.
at::Tensor LogMean(const at::Tensor& log_p, int64_t networks) {
  return torch::logsumexp(log_p, networks) -
         std::log(static_cast<double>(log_p.size(networks)));
}

absl::Status CheckBatches(int64_t networks, const StepRows& rows) {
  if (rows.batches >= 1 && networks % rows.batches == 0 &&
      rows.inputs.size(0) % rows.batches == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "target networks: expected batches of equal size, each for as many of ",
      networks, " networks, got ", rows.inputs.size(0), " rows in ",
      rows.batches, " batches"));
}

class TargetPass {
 public:
  TargetPass(const torch::jit::Module& module,
             const std::vector<at::Tensor>& weights, const StepRows& rows,
             const ObjectiveOptions& objective)
      : module_(module),
        weights_(weights),
        objective_(objective),
        inputs_(rows.inputs.chunk(rows.batches)),
        targets_(rows.targets.chunk(rows.batches)) {
    // Laid out once for all; several batches are, by their workers.
    if (rows.batches == 1) layout_ = Layout(rows.inputs);
    if (objective.repulsion > 0 && rows.synthetic_outliers.defined()) {
      outlier_layout_ = Layout(rows.synthetic_outliers);
    }
  }

  absl::StatusOr<TargetGradients> Run(Workers& workers) {
    TargetGradients joined;
    if (outlier_layout_.defined()) {
      HG_ASSIGN_OR_RETURN(joined.disagreement, Repel(workers));
    }
    // Networks that share no loss are no part of one another's graph.
    const int64_t together = objective_.joint > 0 ? Committee() : 1;
    const int64_t parts = Networks() / together;
    std::vector<TargetGradients> results(static_cast<size_t>(parts));
    HG_RETURN_IF_ERROR(workers.ForEach(parts, [&](int64_t part) {
      results[part] = RunNetworks(part * together, together);
      return absl::OkStatus();
    }));
    Join(results, &joined);
    if (objective_.joint == 0) joined.losses = LossesOf(results);
    return joined;
  }

 private:
  int64_t Networks() const { return weights_[0].size(0); }
  // Networks that share a batch.
  int64_t Committee() const {
    return Networks() / static_cast<int64_t>(inputs_.size());
  }

  at::Tensor Layout(const at::Tensor& inputs) const {
    return module_.get_method("layout")({inputs}).toTensor();
  }

  std::vector<at::Tensor> WeightsOf(int64_t first, int64_t count,
                                    bool with_gradient) const {
    std::vector<at::Tensor> weights;
    for (const at::Tensor& weight : weights_) {
      weights.push_back(weight.detach()
                            .narrow(0, first, count)
                            .set_requires_grad(with_gradient));
    }
    return weights;
  }

  at::Tensor Outputs(const at::Tensor& layout,
                     const std::vector<at::Tensor>& weights) const {
    return module_.get_method("outputs")({layout, weights}).toTensor();
  }

  // Disagreement couples the networks, so it takes two passes: outputs first,
  // whose gradient each network then takes back by itself.
  absl::StatusOr<double> Repel(Workers& workers) {
    std::vector<at::Tensor> outputs(static_cast<size_t>(Networks()));
    HG_RETURN_IF_ERROR(workers.ForEach(Networks(), [&](int64_t network) {
      torch::NoGradGuard no_grad;
      torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
      outputs[network] = Outputs(
          outlier_layout_, WeightsOf(network, 1, /*with_gradient=*/false));
      return absl::OkStatus();
    }));
    const at::Tensor all = torch::cat(outputs).set_requires_grad(true);
    const at::Tensor disagreement =
        Disagreement(objective_.task, all, objective_.target_deviation);
    outlier_gradient_ =
        torch::autograd::grad({-objective_.repulsion * disagreement}, {all})[0];
    return disagreement.item<double>();
  }

  // `count` networks of one committee. Backwards right after forwards, while
  // the activations are in the cache.
  TargetGradients RunNetworks(int64_t first, int64_t count) const {
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const std::vector<at::Tensor> weights =
        WeightsOf(first, count, /*with_gradient=*/true);
    const int64_t batch = first / Committee();
    const at::Tensor layout =
        layout_.defined() ? layout_ : Layout(inputs_[batch]);
    const at::Tensor outputs = Outputs(layout, weights);
    // Their part in the means over all networks.
    const double part =
        static_cast<double>(count) / static_cast<double>(Networks());
    const at::Tensor loss =
        part * SupervisedLoss(objective_.task, outputs, targets_[batch],
                              objective_.target_deviation);
    TargetGradients result;
    result.loss = loss.item<double>();
    at::Tensor objective = loss;
    if (objective_.joint > 0) {
      const at::Tensor ambiguity =
          part * Ambiguity(objective_.task, outputs, targets_[batch],
                           objective_.target_deviation);
      result.ambiguity = ambiguity.item<double>();
      objective = loss - objective_.joint * ambiguity;
    }
    std::vector<at::Tensor> roots = {objective};
    std::vector<at::Tensor> gradients = {torch::ones_like(objective)};
    if (outlier_layout_.defined()) {
      roots.push_back(Outputs(outlier_layout_, weights));
      gradients.push_back(outlier_gradient_.narrow(0, first, count));
    }
    result.weights = torch::autograd::grad(roots, weights, gradients);
    return result;
  }

  // `results` of one network each.
  static at::Tensor LossesOf(const std::vector<TargetGradients>& results) {
    std::vector<double> losses;
    losses.reserve(results.size());
    for (const TargetGradients& each : results) {
      losses.push_back(each.loss * static_cast<double>(results.size()));
    }
    return torch::tensor(losses, torch::kDouble);
  }

  static void Join(const std::vector<TargetGradients>& results,
                   TargetGradients* joined) {
    for (const TargetGradients& each : results) {
      joined->loss += each.loss;
      joined->ambiguity += each.ambiguity;
    }
    for (size_t i = 0; i < results[0].weights.size(); ++i) {
      std::vector<at::Tensor> parts;
      parts.reserve(results.size());
      for (const TargetGradients& each : results) {
        parts.push_back(each.weights[i]);
      }
      joined->weights.push_back(torch::cat(parts));
    }
  }

  const torch::jit::Module& module_;
  const std::vector<at::Tensor>& weights_;
  const ObjectiveOptions& objective_;
  const std::vector<at::Tensor> inputs_, targets_;  // one a batch
  at::Tensor layout_;            // of the batch, if there is but one
  at::Tensor outlier_layout_;    // undefined without repulsion
  at::Tensor outlier_gradient_;  // of the objective by outputs, [N, B', K]
};

}  // namespace

absl::StatusOr<TargetGradients> RunTargetNetworks(
    const torch::jit::Module& module, const std::vector<at::Tensor>& weights,
    const StepRows& rows, const ObjectiveOptions& objective, Workers& workers) {
  HG_RETURN_IF_ERROR(CheckBatches(weights[0].size(0), rows));
  return TargetPass(module, weights, rows, objective).Run(workers);
}

absl::StatusOr<TargetGradients> RunTargetNetworks(
    const NetworkBatch& networks, const std::vector<at::Tensor>& weights,
    const StepRows& rows, const ObjectiveOptions& objective) {
  const int64_t count = weights[0].size(0);
  const int64_t committees = rows.batches;
  HG_RETURN_IF_ERROR(CheckBatches(count, rows));
  std::vector<at::Tensor> leaves;
  leaves.reserve(weights.size());
  for (const at::Tensor& weight : weights) {
    leaves.push_back(weight.detach().set_requires_grad(true));
  }
  // [committees, networks of each, rows of a batch, K], and their targets.
  const at::Tensor outputs =
      networks.Outputs(rows.inputs.unflatten(0, {committees, -1}), leaves)
          .unflatten(0, {committees, -1});
  const at::Tensor targets = rows.targets.unflatten(0, {committees, -1});
  std::vector<int64_t> shape = targets.sizes().vec();
  shape.insert(shape.begin() + 1, outputs.size(1));
  const double deviation = objective.target_deviation;
  const at::Tensor losses = NetworkLosses(
      objective.task, outputs.flatten(0, 1),
      targets.unsqueeze(1).expand(shape).flatten(0, 1), deviation);
  const at::Tensor loss = losses.mean();
  // Stays 0 where it has no weight.
  at::Tensor ambiguity = torch::zeros_like(loss);
  at::Tensor disagreement = torch::zeros_like(loss);
  if (objective.joint > 0) {
    ambiguity = Ambiguity(objective.task, outputs, targets, deviation);
  }
  if (objective.repulsion > 0 && rows.synthetic_outliers.defined()) {
    disagreement = Disagreement(
        objective.task,
        networks.Outputs(rows.synthetic_outliers.unsqueeze(0), leaves),
        deviation);
  }
  TargetGradients result;
  result.weights = torch::autograd::grad(
      {loss - objective.joint * ambiguity - objective.repulsion * disagreement},
      leaves);
  const std::vector<double> seen = ToDoubles({loss, ambiguity, disagreement});
  if (objective.joint == 0) {
    result.losses = losses.detach().to(torch::kCPU, torch::kDouble);
  }
  result.loss = seen[0];
  result.ambiguity = seen[1];
  result.disagreement = seen[2];
  return result;
}

at::Tensor Disagreement(Task task, const at::Tensor& outputs,
                        double deviation) {
  if (task == Task::kRegression) {
    // Unbiased variance needs two; one network does not disagree with itself.
    if (outputs.size(0) < 2) return (outputs * 0).sum();
    return (outputs / deviation).var(0).log1p().sum(-1).mean();
  }
  const at::Tensor log_p = torch::log_softmax(outputs, -1);
  const at::Tensor log_mean = LogMean(log_p, 0);
  const at::Tensor of_mean = -(log_mean.exp() * log_mean).sum(-1);
  const at::Tensor of_each = -(log_p.exp() * log_p).sum(-1).mean(0);
  return (of_mean - of_each).mean();
}

at::Tensor Ambiguity(Task task, const at::Tensor& outputs,
                     const at::Tensor& targets, double deviation) {
  if (task == Task::kRegression) {
    const at::Tensor scaled = outputs / deviation;
    return (scaled - scaled.mean(-3, /*keepdim=*/true))
        .square()
        .mean(-3)
        .sum(-1)
        .mean()
        .div(2);
  }
  std::vector<int64_t> shape = outputs.sizes().vec();
  shape.back() = 1;
  const at::Tensor log_p =
      torch::log_softmax(outputs, -1)
          .gather(-1, targets.unsqueeze(-2).unsqueeze(-1).expand(shape))
          .squeeze(-1);  // [..., N, B], of the label
  return (LogMean(log_p, -2) - log_p.mean(-2)).mean();
}

}  // namespace hypergan::trainer
