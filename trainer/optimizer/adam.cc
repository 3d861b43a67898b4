#include "trainer/optimizer/adam.h"

#include <torch/script.h>

#include <utility>

namespace hypergan::trainer {
namespace {

// Part `part` of `parts` of a contiguous tensor's numbers; empty for small
// tensors but in part 0.
at::Tensor Part(const at::Tensor& tensor, int64_t part, int64_t parts) {
  constexpr int64_t kWorthSharing = 1 << 16;
  const at::Tensor flat = tensor.view({-1});
  if (flat.numel() < kWorthSharing) {
    return part == 0 ? flat : flat.narrow(0, 0, 0);
  }
  // Whole vectors, so that sharing out does not change how a number is rounded.
  constexpr int64_t kVector = 64;
  const int64_t begin = flat.numel() * part / parts / kVector * kVector;
  const int64_t end =
      part + 1 == parts ? flat.numel()
                        : flat.numel() * (part + 1) / parts / kVector * kVector;
  return flat.narrow(0, begin, end - begin);
}

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, AdamOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const at::Tensor& parameter : parameters_) {
    first_moments_.push_back(torch::zeros_like(parameter.detach()));
    second_moments_.push_back(torch::zeros_like(parameter.detach()));
  }
}

std::vector<at::Tensor> Adam::Gradients() const {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters_) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

absl::Status Adam::Step(double learning_rate, Workers& workers) {
  ++steps_;
  const int64_t parts = workers.count();
  absl::Status status = workers.ForEach(parts, [&](int64_t part) {
    torch::NoGradGuard no_grad;
    std::vector<at::Tensor> parameters, gradients, first, second;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const at::Tensor& gradient = parameters_[i].grad();
      if (!gradient.defined()) continue;
      at::Tensor piece = Part(parameters_[i].detach(), part, parts);
      if (piece.numel() == 0) continue;
      parameters.push_back(std::move(piece));
      gradients.push_back(Part(gradient.contiguous(), part, parts));
      first.push_back(Part(first_moments_[i], part, parts));
      second.push_back(Part(second_moments_[i], part, parts));
    }
    if (parameters.empty()) return absl::OkStatus();
    // One for all, of one device and type.
    const std::vector<at::Tensor> steps(
        parameters.size(),
        torch::full({}, static_cast<double>(steps_),
                    parameters[0].options().requires_grad(false)));
    at::_fused_adam_(parameters, gradients, first, second,
                     /*max_exp_avg_sqs=*/{}, steps, learning_rate,
                     options_.beta1, options_.beta2, /*weight_decay=*/0,
                     options_.epsilon, /*amsgrad=*/false, /*maximize=*/false,
                     /*grad_scale=*/{}, /*found_inf=*/{});
    return absl::OkStatus();
  });
  for (at::Tensor& parameter : parameters_) {
    parameter.mutable_grad() = at::Tensor();
  }
  return status;
}

std::vector<at::Tensor> Adam::State() const {
  std::vector<at::Tensor> state = first_moments_;
  state.insert(state.end(), second_moments_.begin(), second_moments_.end());
  return state;
}

void Adam::Restore(const std::vector<at::Tensor>& state, int64_t steps) {
  for (size_t i = 0; i < first_moments_.size(); ++i) {
    first_moments_[i].copy_(state[i]);
    second_moments_[i].copy_(state[first_moments_.size() + i]);
  }
  steps_ = steps;
}

}  // namespace hypergan::trainer
