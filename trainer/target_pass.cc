#include "trainer/target_pass.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hypergan/status_macros.h"
#include "trainer/losses.h"

namespace hypergan::trainer {
namespace {

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
    // Laid out once for all; batches of their own are, by their workers.
    if (rows.batches == 1) layout_ = Layout(rows.inputs);
    std::vector<at::Tensor> coupled;
    if (objective.joint > 0 && rows.joint > 0) {
      joint_targets_ = rows.targets.narrow(0, 0, rows.joint);
      coupled.push_back(rows.inputs.narrow(0, 0, rows.joint));
    }
    if (objective.repulsion > 0 && rows.stand_ins.defined()) {
      stand_ins_ = rows.stand_ins.size(0);
      coupled.push_back(rows.stand_ins);
    }
    if (!coupled.empty()) coupled_layout_ = Layout(torch::cat(coupled));
  }

  absl::StatusOr<TargetGradients> Run(Workers& workers) {
    TargetGradients joined;
    if (coupled_layout_.defined()) {
      HG_RETURN_IF_ERROR(Couple(workers, &joined));
    }
    std::vector<TargetGradients> results(static_cast<size_t>(Networks()));
    HG_RETURN_IF_ERROR(workers.ForEach(Networks(), [&](int64_t network) {
      results[network] = RunNetwork(network);
      return absl::OkStatus();
    }));
    Join(results, &joined);
    return joined;
  }

 private:
  int64_t Networks() const { return weights_[0].size(0); }

  at::Tensor Layout(const at::Tensor& inputs) const {
    return module_.get_method("layout")({inputs}).toTensor();
  }

  std::vector<at::Tensor> WeightsOf(int64_t network, bool with_gradient) const {
    std::vector<at::Tensor> weights;
    for (const at::Tensor& weight : weights_) {
      weights.push_back(weight.detach()
                            .narrow(0, network, 1)
                            .set_requires_grad(with_gradient));
    }
    return weights;
  }

  at::Tensor Outputs(const at::Tensor& layout,
                     const std::vector<at::Tensor>& weights) const {
    return module_.get_method("outputs")({layout, weights}).toTensor();
  }

  // Some terms are of all networks together, and so take two passes: outputs
  // first, whose gradient each network then takes back by itself.
  absl::Status Couple(Workers& workers, TargetGradients* joined) {
    std::vector<at::Tensor> outputs(static_cast<size_t>(Networks()));
    HG_RETURN_IF_ERROR(workers.ForEach(Networks(), [&](int64_t network) {
      torch::NoGradGuard no_grad;
      torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
      outputs[network] =
          Outputs(coupled_layout_, WeightsOf(network, /*with_gradient=*/false));
      return absl::OkStatus();
    }));
    const at::Tensor all = torch::cat(outputs).set_requires_grad(true);
    at::Tensor objective = torch::zeros({}, all.options());
    if (joint_targets_.defined()) {
      const at::Tensor ambiguity =
          Ambiguity(objective_.task, all.narrow(1, 0, joint_targets_.size(0)),
                    joint_targets_, objective_.target_deviation);
      joined->ambiguity = ambiguity.item<double>();
      objective = objective - objective_.joint * ambiguity;
    }
    if (stand_ins_ > 0) {
      const at::Tensor disagreement = Disagreement(
          objective_.task, all.narrow(1, all.size(1) - stand_ins_, stand_ins_),
          objective_.target_deviation);
      joined->disagreement = disagreement.item<double>();
      objective = objective - objective_.repulsion * disagreement;
    }
    coupled_gradient_ = torch::autograd::grad({objective}, {all})[0];
    return absl::OkStatus();
  }

  // Backwards right after forwards, while the activations are in the cache.
  TargetGradients RunNetwork(int64_t network) const {
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const std::vector<at::Tensor> weights =
        WeightsOf(network, /*with_gradient=*/true);
    const at::Tensor layout =
        layout_.defined() ? layout_ : Layout(inputs_[network]);
    const at::Tensor loss =
        SupervisedLoss(objective_.task, Outputs(layout, weights),
                       targets_[layout_.defined() ? 0 : network],
                       objective_.target_deviation)
            .div(Networks());
    std::vector<at::Tensor> roots = {loss};
    std::vector<at::Tensor> gradients = {torch::ones_like(loss)};
    if (coupled_layout_.defined()) {
      roots.push_back(Outputs(coupled_layout_, weights));
      gradients.push_back(coupled_gradient_.narrow(0, network, 1));
    }
    TargetGradients result;
    result.weights = torch::autograd::grad(roots, weights, gradients);
    result.loss = loss.item<double>();
    return result;
  }

  static void Join(const std::vector<TargetGradients>& networks,
                   TargetGradients* joined) {
    for (const TargetGradients& each : networks) joined->loss += each.loss;
    for (size_t i = 0; i < networks[0].weights.size(); ++i) {
      std::vector<at::Tensor> parts;
      for (const TargetGradients& each : networks) {
        parts.push_back(each.weights[i]);
      }
      joined->weights.push_back(torch::cat(parts));
    }
  }

  const torch::jit::Module& module_;
  const std::vector<at::Tensor>& weights_;
  const ObjectiveOptions& objective_;
  const std::vector<at::Tensor> inputs_, targets_;  // one a batch
  at::Tensor layout_;         // of the batch that all networks share
  at::Tensor joint_targets_;  // undefined without joint rows
  int64_t stand_ins_ = 0;     // 0 without repulsion
  // The joint rows, then the stand-ins; undefined where there are neither.
  at::Tensor coupled_layout_;
  at::Tensor coupled_gradient_;  // of the objective by outputs, [N, rows, K]
};

}  // namespace

absl::StatusOr<TargetGradients> RunTargetNetworks(
    const torch::jit::Module& module, const std::vector<at::Tensor>& weights,
    const StepRows& rows, const ObjectiveOptions& objective, Workers& workers) {
  const int64_t networks = weights[0].size(0);
  if ((rows.batches != 1 && rows.batches != networks) ||
      rows.inputs.size(0) % rows.batches != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target networks: expected one batch of rows, or one of equal size for "
        "each of ",
        networks, " networks, got ", rows.inputs.size(0), " rows in ",
        rows.batches, " batches"));
  }
  if (rows.joint < 0 || rows.joint > rows.inputs.size(0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("target networks: expected 0..", rows.inputs.size(0),
                     " joint rows, got ", rows.joint));
  }
  return TargetPass(module, weights, rows, objective).Run(workers);
}

at::Tensor Disagreement(Task task, const at::Tensor& outputs,
                        double deviation) {
  if (task == Task::kRegression) {
    // Unbiased variance needs two; one network does not disagree with itself.
    if (outputs.size(0) < 2) return (outputs * 0).sum();
    return (outputs / deviation).var(0).log1p().sum(-1).mean();
  }
  const at::Tensor log_p = torch::log_softmax(outputs, -1);
  // By logarithms: where a mean is too small for a float, the gradient of
  // mean log(mean) is 0 / 0.
  const at::Tensor log_mean = torch::logsumexp(log_p, 0) -
                              std::log(static_cast<double>(outputs.size(0)));
  const at::Tensor of_mean = -(log_mean.exp() * log_mean).sum(-1);
  const at::Tensor of_each = -(log_p.exp() * log_p).sum(-1).mean(0);
  return (of_mean - of_each).mean();
}

at::Tensor Ambiguity(Task task, const at::Tensor& outputs,
                     const at::Tensor& targets, double deviation) {
  if (task == Task::kRegression) {
    const at::Tensor scaled = outputs / deviation;
    return (scaled - scaled.mean(0)).square().mean(0).sum(-1).mean().div(2);
  }
  const at::Tensor log_p =
      torch::log_softmax(outputs, -1)
          .gather(-1, targets.view({1, -1, 1}).expand({outputs.size(0), -1, 1}))
          .squeeze(-1);  // [N, B], of the label
  const at::Tensor of_mean = torch::logsumexp(log_p, 0) -
                             std::log(static_cast<double>(outputs.size(0)));
  return (of_mean - log_p.mean(0)).mean();
}

}  // namespace hypergan::trainer
