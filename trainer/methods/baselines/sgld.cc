#include "trainer/methods/baselines/sgld.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
absl::StatusOr<std::unique_ptr<Sgld>> Sgld::New(const TargetNetwork& target,
                                                const SgldOptions& options,
                                                c10::Device device) {
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  return TorchGuard(
      "building the chains", [&]() -> absl::StatusOr<std::unique_ptr<Sgld>> {
        HG_ASSIGN_OR_RETURN(
            ChainSamples kept,
            ChainSamples::New(target, options.chains, options.samples,
                              options.seed, device));
        torch::jit::Module chains = NewBaselineModule("Chains", target);
        RegisterLayers(target, options.chains, options.seed, chains);
        chains.to(device);
        return std::unique_ptr<Sgld>(
            new Sgld(options, std::move(chains), std::move(kept)));
      });
}

Sgld::Sgld(const SgldOptions& options, torch::jit::Module chains,
           ChainSamples kept)
    : options_(options),
      chains_(std::move(chains)),
      kept_(std::move(kept)),
      interval_(std::max<int64_t>(1, options.steps / 2 / kept_.per_chain())),
      weights_(ModuleParameters(chains_)) {
  kept_.Keep(0, weights_);
}

Posterior::Sample Sgld::Draw(int64_t /*step*/, int64_t /*networks*/,
                             StepReport* /*report*/) {
  Sample sample;
  sample.weights = WeightSets(weights_);
  return sample;
}

std::vector<at::Tensor> Sgld::Gradients() { return GradientsOf(weights_); }

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
    if (++steps_ % interval_ == 0) kept_.Keep(steps_ / interval_, weights_);
    return absl::OkStatus();
  });
}

std::vector<at::Tensor> Sgld::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(kept_.module());
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
