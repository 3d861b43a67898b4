#include "trainer/methods/baselines/sgld.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "trainer/methods/baselines/deep_ensemble.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMostCopies = 10'000;

absl::Status CheckCount(const char* what, int64_t count) {
  if (count >= 1 && count <= kMostCopies) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "sgld: ", what, ": expected 1..", kMostCopies, ", got ", count));
}

// Every chain leaves as many; so there may be some more than were asked for.
int64_t SamplesPerChain(const SgldOptions& options) {
  return (options.samples + options.chains - 1) / options.chains;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sgld>> Sgld::New(const TargetNetwork& target,
                                                const SgldOptions& options,
                                                c10::Device device) {
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  HG_RETURN_IF_ERROR(CheckCount("chains", options.chains));
  HG_RETURN_IF_ERROR(CheckCount("samples", options.samples));
  return TorchGuard(
      "building the chains", [&]() -> absl::StatusOr<std::unique_ptr<Sgld>> {
        torch::jit::Module chains = NewBaselineModule("Chains", target);
        RegisterLayers(target, options.chains, options.seed, chains);
        HG_ASSIGN_OR_RETURN(
            DirectPosterior::Parts kept,
            DeepEnsemble(target,
                         {.members = SamplesPerChain(options) * options.chains,
                          .seed = options.seed}));
        for (const at::Tensor& copies : ModuleParameters(kept.module)) {
          copies.set_requires_grad(false);
        }
        chains.to(device);
        kept.module.to(device);
        return std::unique_ptr<Sgld>(
            new Sgld(options, std::move(chains), std::move(kept.module)));
      });
}

Sgld::Sgld(const SgldOptions& options, torch::jit::Module chains,
           torch::jit::Module kept)
    : options_(options),
      samples_per_chain_(SamplesPerChain(options)),
      interval_(std::max<int64_t>(1, options.steps / 2 / samples_per_chain_)),
      chains_(std::move(chains)),
      kept_(std::move(kept)),
      weights_(ModuleParameters(chains_)),
      copies_(ModuleParameters(kept_)) {
  Keep();
}

Posterior::Sample Sgld::Draw(int64_t /*step*/, int64_t /*networks*/,
                             StepReport* /*report*/) {
  Sample sample;
  for (const at::Tensor& weight : weights_) {
    const bool is_convolution = weight.dim() == 5;
    sample.weights.push_back(is_convolution ? weight.permute({0, 1, 4, 2, 3})
                                            : weight.alias());
  }
  return sample;
}

std::vector<at::Tensor> Sgld::Gradients() {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& weight : weights_) gradients.push_back(weight.grad());
  return gradients;
}

absl::Status Sgld::Update(const LearningRates& /*rates*/,
                          Workers& /*workers*/) {
  return TorchGuard("a step of the chains", [&] {
    torch::NoGradGuard no_grad;
    const double rate = options_.learning_rate;
    int64_t size = 0;
    for (const at::Tensor& weight : weights_) size += weight[0].numel();
    const at::Tensor noise =
        StepNoise(options_.noise_seed, steps_, options_.chains, size,
                  weights_[0].device());
    const double deviation =
        std::sqrt(rate / static_cast<double>(options_.training_rows));
    int64_t first = 0;
    for (const at::Tensor& weight : weights_) {
      const int64_t count = weight[0].numel();
      // The loss is a mean over the chains.
      const at::Tensor slope =
          weight.grad() * static_cast<double>(options_.chains) +
          weight * options_.weight_decay;
      weight.sub_(slope, rate / 2);
      weight.add_(noise.slice(1, first, first + count).view_as(weight),
                  deviation);
      weight.mutable_grad().zero_();
      first += count;
    }
    if (++steps_ % interval_ == 0) Keep();
    return absl::OkStatus();
  });
}

void Sgld::Keep() {
  torch::NoGradGuard no_grad;
  const int64_t sample = steps_ / interval_;
  const int64_t place = sample % samples_per_chain_;
  // No place may stay without a sample of late: networks are asked after each
  // epoch.
  const int64_t end =
      sample < samples_per_chain_ ? samples_per_chain_ : place + 1;
  for (size_t i = 0; i < weights_.size(); ++i) {
    for (int64_t next = place; next < end; ++next) {
      copies_[i]
          .slice(0, next * options_.chains, (next + 1) * options_.chains)
          .copy_(weights_[i]);
    }
  }
}

at::Tensor Sgld::Samples() const {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& copies : copies_) flat.push_back(copies.flatten(1));
  return at::cat(flat, 1);
}

std::vector<at::Tensor> Sgld::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(kept_);
  tensors.insert(tensors.end(), weights_.begin(), weights_.end());
  return tensors;
}

void Sgld::Restore(const std::vector<at::Tensor>& tensors, int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  for (const at::Tensor& tensor : Tensors()) tensor.copy_(*next++);
  steps_ = steps;
}

}  // namespace hypergan::trainer
