#include "trainer/methods/baselines/direct_posterior.h"

#include <utility>

namespace hypergan::trainer {
namespace {

std::vector<at::Tensor> MovedParameters(torch::jit::Module& module,
                                        c10::Device device) {
  module.to(device);
  return ModuleParameters(module);
}

}  // namespace

DirectPosterior::DirectPosterior(Parts parts, c10::Device device)
    : parts_(std::move(parts)),
      device_(device),
      adam_(MovedParameters(parts_.module, device), AdamOptions()) {}

Posterior::Sample DirectPosterior::Draw(int64_t step, int64_t networks,
                                        StepReport* report) {
  Sample sample;
  sample.noise = parts_.noise(step, networks).to(device_);
  sample.weights =
      parts_.module.get_method("generate")({sample.noise}).toTensorVector();
  if (parts_.regulariser) {
    sample.regulariser =
        parts_.regulariser(parts_.module, sample) * Warmth(step);
    report->regulariser = sample.regulariser.item<double>();
  }
  return sample;
}

double DirectPosterior::Warmth(int64_t step) const {
  if (step >= parts_.warm_up_steps) return 1;
  return static_cast<double>(step + 1) /
         static_cast<double>(parts_.warm_up_steps + 1);
}

std::vector<at::Tensor> DirectPosterior::Gradients() {
  return adam_.Gradients();
}

absl::Status DirectPosterior::Update(const LearningRates& rates,
                                     Workers& workers) {
  return adam_.Step(rates.hidden, workers);
}

std::vector<at::Tensor> DirectPosterior::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(parts_.module);
  for (const at::Tensor& tensor : adam_.State()) tensors.push_back(tensor);
  return tensors;
}

void DirectPosterior::Restore(const std::vector<at::Tensor>& tensors,
                              int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  for (const at::Tensor& tensor : ModuleTensors(parts_.module)) {
    tensor.copy_(*next++);
  }
  adam_.Restore({next, tensors.end()}, steps);
}

}  // namespace hypergan::trainer
