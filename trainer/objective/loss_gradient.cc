#include "trainer/objective/loss_gradient.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/status_macros.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan::trainer {
namespace {

// What autograd keeps in memory at once, on each worker: the activations of
// this many networks on this many rows.
constexpr int64_t kSliceNetworks = 16;
constexpr int64_t kGradientRows = 64;
constexpr int64_t kMaxNetworks = 1000;

}  // namespace

LossGradient::LossGradient(const Ensemble& ensemble,
                           std::vector<c10::IValue> slices)
    : ensemble_(&ensemble), slices_(std::move(slices)) {}

absl::StatusOr<LossGradient> LossGradient::Create(const Ensemble& ensemble,
                                                  int64_t num_networks,
                                                  uint64_t seed) {
  if (ensemble.manifest().task != Task::kClassification) {
    return absl::InvalidArgumentError(
        "attack: expected a classification, got a regression");
  }
  if (num_networks < 1 || num_networks > kMaxNetworks) {
    return absl::InvalidArgumentError(absl::StrCat(
        "attack: expected 1..", kMaxNetworks, " networks, got ", num_networks));
  }
  return TorchGuard("weight sets", [&]() -> absl::StatusOr<LossGradient> {
    at::NoGradGuard no_grad;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const torch::jit::Module& module = ensemble.checkpoint().module;
    std::vector<c10::IValue> slices;
    for (int64_t first = 0; first < num_networks; first += kSliceNetworks) {
      const at::Tensor noise = ensemble.sampler().Noise(
          seed, first, std::min(kSliceNetworks, num_networks - first));
      slices.push_back(
          module.get_method("generate")({noise.to(ensemble.device())}));
    }
    return LossGradient(ensemble, std::move(slices));
  });
}

at::Tensor LossGradient::LogLikelihood(const at::Tensor& inputs,
                                       const at::Tensor& labels,
                                       const c10::IValue& weights) const {
  const at::Tensor logits = ensemble_->checkpoint()
                                .module.get_method("predict")({inputs, weights})
                                .toTensor();  // [n, b, K]
  const at::Tensor index =
      labels.view({1, -1, 1}).expand({logits.size(0), -1, 1});
  // In float32 the probability of a label that a network is sure of is 1, and
  // its share in the gradient nothing.
  return logits.to(at::kDouble).log_softmax(-1).gather(-1, index).squeeze(-1);
}

// A first pass, without autograd: what the networks say has to be known of all
// of them before any one's share in the gradient is.
at::Tensor LossGradient::Shares(const at::Tensor& inputs,
                                const at::Tensor& labels) const {
  return LogLikelihoods(inputs, labels).softmax(0);
}

at::Tensor LossGradient::LogLikelihoods(const at::Tensor& inputs,
                                        const at::Tensor& labels) const {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> slices;
  slices.reserve(slices_.size());
  for (const c10::IValue& weights : slices_) {
    slices.push_back(LogLikelihood(inputs, labels, weights));
  }
  return at::cat(slices);
}

// dL/dx = -sum_n share_n d log p_n[label] / dx, one slice's graph at a time.
at::Tensor LossGradient::OfBatch(const at::Tensor& inputs,
                                 const at::Tensor& labels) const {
  const at::Tensor shares = Shares(inputs, labels);
  at::Tensor gradient = at::zeros_like(inputs);
  int64_t first = 0;
  for (const c10::IValue& weights : slices_) {
    at::AutoGradMode grad(true);
    const at::Tensor x = inputs.detach().requires_grad_();
    const at::Tensor log_likelihood = LogLikelihood(x, labels, weights);
    const int64_t count = log_likelihood.size(0);
    const at::Tensor loss =
        -(shares.narrow(0, first, count) * log_likelihood).sum();
    gradient += torch::autograd::grad({loss}, {x})[0];
    first += count;
  }
  return gradient;
}

absl::Status LossGradient::ForEachBatch(
    const at::Tensor& inputs, const at::Tensor& labels,
    const std::function<absl::Status()>& interrupt, const OfRows& of_rows,
    const at::Tensor& all) const {
  const int64_t rows = inputs.size(0);
  absl::Mutex mutex;
  const auto batch = [&](int64_t i) -> absl::Status {
    if (interrupt) {
      absl::MutexLock lock(&mutex);
      HG_RETURN_IF_ERROR(interrupt());
    }
    at::NoGradGuard worker_no_grad;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const int64_t first = i * kGradientRows;
    const int64_t count = std::min(kGradientRows, rows - first);
    const at::Tensor part =
        of_rows(inputs.narrow(0, first, count).to(ensemble_->device()),
                labels.narrow(0, first, count).to(ensemble_->device()));
    all.narrow(0, first, count).copy_(part);
    return absl::OkStatus();
  };
  const int64_t batches = (rows + kGradientRows - 1) / kGradientRows;
  return ensemble_->workers()->ForEach(batches, batch);
}

absl::StatusOr<at::Tensor> LossGradient::At(
    const at::Tensor& inputs, const at::Tensor& labels,
    const std::function<absl::Status()>& interrupt) const {
  return TorchGuard("gradient", [&]() -> absl::StatusOr<at::Tensor> {
    at::NoGradGuard no_grad;
    const at::Tensor gradient = at::empty_like(inputs);
    HG_RETURN_IF_ERROR(ForEachBatch(
        inputs, labels, interrupt,
        [this](const at::Tensor& x, const at::Tensor& y) {
          return OfBatch(x, y);
        },
        gradient));
    return gradient;
  });
}

absl::StatusOr<at::Tensor> LossGradient::Losses(
    const at::Tensor& inputs, const at::Tensor& labels,
    const std::function<absl::Status()>& interrupt) const {
  return TorchGuard("losses", [&]() -> absl::StatusOr<at::Tensor> {
    at::NoGradGuard no_grad;
    const at::Tensor losses = at::empty({inputs.size(0)}, at::kDouble);
    HG_RETURN_IF_ERROR(ForEachBatch(
        inputs, labels, interrupt,
        [this](const at::Tensor& x, const at::Tensor& y) {
          const at::Tensor all = LogLikelihoods(x, y);
          return std::log(static_cast<double>(all.size(0))) - all.logsumexp(0);
        },
        losses));
    return losses;
  });
}

}  // namespace hypergan::trainer
