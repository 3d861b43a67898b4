#include "trainer/objective/losses.h"

#include <torch/script.h>

namespace hypergan::trainer {

at::Tensor SupervisedLoss(Task task, const at::Tensor& outputs,
                          const at::Tensor& targets, double deviation) {
  if (task == Task::kRegression) {
    return ((outputs - targets.unsqueeze(0)) / deviation)
        .square()
        .sum(-1)
        .mean()
        .div(2);
  }
  const int64_t networks = outputs.size(0);
  return torch::nll_loss(torch::log_softmax(outputs.flatten(0, 1), -1),
                         targets.repeat({networks}));
}

at::Tensor NetworkLosses(Task task, const at::Tensor& outputs,
                         const at::Tensor& targets, double deviation) {
  if (task == Task::kRegression) {
    return ((outputs - targets) / deviation).square().sum(-1).mean(1).div(2);
  }
  return torch::nll_loss(torch::log_softmax(outputs.flatten(0, 1), -1),
                         targets.flatten(), /*weight=*/{}, at::Reduction::None)
      .view_as(targets)
      .mean(1);
}

// -log sigmoid(x) = softplus(-x); -log(1 - sigmoid(x)) = softplus(x).
at::Tensor DiscriminatorLoss(const at::Tensor& prior_logits,
                             const at::Tensor& code_logits) {
  return torch::softplus(-prior_logits).mean() +
         torch::softplus(code_logits).mean();
}

at::Tensor MixerLoss(const at::Tensor& code_logits) {
  return torch::softplus(-code_logits).mean();
}

at::Tensor SquaredNorm(const std::vector<at::Tensor>& tensors) {
  at::Tensor sum;
  for (const at::Tensor& tensor : tensors) {
    const at::Tensor squares = tensor.square().sum();
    sum = sum.defined() ? sum + squares : squares;
  }
  return sum;
}

at::Tensor MeanLogDeviation(const std::vector<at::Tensor>& tensors) {
  constexpr double kTiny = 1e-20;  // where all networks have the same
  at::Tensor sum;
  int64_t count = 0;
  for (const at::Tensor& tensor : tensors) {
    // Not var(0), which takes 25 times as long over the first dimension.
    const at::Tensor variance = (tensor - tensor.mean(0)).square().sum(0) /
                                static_cast<double>(tensor.size(0) - 1);
    const at::Tensor logs = (variance + kTiny).log().sum() / 2;
    sum = sum.defined() ? sum + logs : logs;
    count += tensor[0].numel();
  }
  return sum / count;
}

at::Tensor DiscriminatorAccuracy(const at::Tensor& prior_logits,
                                 const at::Tensor& code_logits) {
  torch::NoGradGuard no_grad;
  const at::Tensor right =
      torch::cat({(prior_logits > 0).flatten(), (code_logits < 0).flatten()});
  return right.to(torch::kFloat).mean();
}

std::vector<double> ToDoubles(const std::vector<at::Tensor>& scalars) {
  torch::NoGradGuard no_grad;
  const at::Tensor all = torch::stack(scalars).cpu().to(torch::kDouble);
  const auto* data = all.const_data_ptr<double>();
  return {data, data + all.numel()};
}

}  // namespace hypergan::trainer
