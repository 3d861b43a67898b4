#include "trainer/learner.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hypergan/noise.h"
#include "hypergan/status_macros.h"
#include "hypergan/torch_guard.h"
#include "trainer/losses.h"
#include "trainer/random_stream.h"

namespace hypergan::trainer {
namespace {

bool IsLastOfGenerator(const std::string& name) {
  return absl::StartsWith(name, "generator") &&
         absl::StrContains(name, "_out_");
}

std::vector<at::Tensor> Parameters(const torch::jit::Module& module,
                                   bool last) {
  std::vector<at::Tensor> parameters;
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    if (IsLastOfGenerator(parameter.name) == last) {
      parameters.push_back(parameter.value);
    }
  }
  return parameters;
}

// The gradient of the supervised loss with respect to the weight sets, and the
// loss.
struct TargetGradients {
  std::vector<at::Tensor> weights;  // as the weight sets, [N, ...]
  double loss = 0;
};

// Runs the target networks forwards and backwards, a slice of networks a
// worker.
class TargetPass {
 public:
  TargetPass(const torch::jit::Module& module,
             const std::vector<at::Tensor>& weights, const at::Tensor& inputs,
             const at::Tensor& targets, const ObjectiveOptions& objective)
      : module_(module),
        weights_(weights),
        layout_(module.get_method("layout")({inputs}).toTensor()),
        targets_(targets),
        objective_(objective) {}

  absl::StatusOr<TargetGradients> Run(Workers& workers) {
    const int64_t networks = weights_[0].size(0);
    std::vector<TargetGradients> results(static_cast<size_t>(networks));
    HG_RETURN_IF_ERROR(workers.ForEach(networks, [&](int64_t network) {
      results[network] = RunNetwork(network);
      return absl::OkStatus();
    }));
    return Join(results);
  }

 private:
  // Backwards right after forwards, while the activations are in the cache.
  TargetGradients RunNetwork(int64_t network) {
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    std::vector<at::Tensor> weights;
    for (const at::Tensor& weight : weights_) {
      weights.push_back(
          weight.detach().narrow(0, network, 1).set_requires_grad(true));
    }
    const at::Tensor outputs =
        module_.get_method("outputs")({layout_, weights}).toTensor();
    const at::Tensor loss = SupervisedLoss(objective_.task, outputs, targets_,
                                           objective_.target_deviation)
                                .div(weights_[0].size(0));
    TargetGradients result;
    result.weights = torch::autograd::grad({loss}, weights);
    result.loss = loss.item<double>();
    return result;
  }

  static TargetGradients Join(const std::vector<TargetGradients>& networks) {
    TargetGradients joined;
    for (const TargetGradients& network : networks) joined.loss += network.loss;
    for (size_t i = 0; i < networks[0].weights.size(); ++i) {
      std::vector<at::Tensor> parts;
      for (const TargetGradients& network : networks) {
        parts.push_back(network.weights[i]);
      }
      joined.weights.push_back(torch::cat(parts));
    }
    return joined;
  }

  const torch::jit::Module& module_;
  const std::vector<at::Tensor>& weights_;
  const at::Tensor layout_;  // shared by all networks
  const at::Tensor targets_;
  const ObjectiveOptions& objective_;
};

bool IsFinite(const StepReport& report) {
  return std::isfinite(report.loss) && std::isfinite(report.mixer_loss) &&
         std::isfinite(report.discriminator_loss);
}

// From the weight sets and the codes back to the parameters of generators and
// mixer.
void Backward(std::vector<at::Tensor> roots, std::vector<at::Tensor> gradients,
              const at::Tensor& mixer_loss, double beta) {
  roots.push_back(mixer_loss);
  gradients.push_back(torch::full_like(mixer_loss, beta));
  torch::autograd::backward(roots, gradients);
}

// Parameters and buffers (the running statistics), sharing memory.
std::vector<at::Tensor> ModuleTensors(const torch::jit::Module& module) {
  std::vector<at::Tensor> tensors;
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    tensors.push_back(parameter.value.detach());
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    tensors.push_back(buffer.value.detach());
  }
  return tensors;
}

torch::jit::Module MoveTo(torch::jit::Module module, c10::Device device) {
  module.to(device);
  return module;
}

}  // namespace

Learner::Learner(const Architecture& architecture, torch::jit::Module module,
                 uint64_t seed, c10::Device device)
    : architecture_(architecture),
      seed_(seed),
      device_(device),
      module_(MoveTo(std::move(module), device)),
      discriminator_(architecture.sizes.code, {512, 512},
                     StreamSeed(seed, Stream::kDiscriminator), device),
      hidden_adam_(Parameters(module_, /*last=*/false), AdamOptions()),
      last_adam_(Parameters(module_, /*last=*/true), AdamOptions()),
      discriminator_adam_(discriminator_.parameters(),
                          AdamOptions{.beta1 = 0.5}) {}

absl::StatusOr<StepReport> Learner::Step(int64_t step, const at::Tensor& inputs,
                                         const at::Tensor& targets,
                                         const ObjectiveOptions& objective,
                                         const LearningRates& rates,
                                         Workers& workers) {
  return TorchGuard("training step", [&]() -> absl::StatusOr<StepReport> {
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    module_.train();
    const absl::Cleanup evaluation_mode = [this] { module_.eval(); };
    const at::Tensor noise =
        Draw(Stream::kTrainingNoise, step, objective.networks,
             architecture_.sizes.noise);
    const at::Tensor codes = module_.get_method("codes")({noise}).toTensor();
    const std::vector<at::Tensor> weights =
        module_.get_method("weights")({codes}).toTensorVector();
    TargetPass target_pass(module_, weights, inputs.to(device_),
                           targets.to(device_), objective);
    HG_ASSIGN_OR_RETURN(const TargetGradients gradients,
                        target_pass.Run(workers));
    StepReport report;
    report.loss = gradients.loss;
    const Adversaries adversaries = Compete(codes, step, &report);
    if (!IsFinite(report)) {
      return absl::AbortedError(
          absl::StrCat("the loss is not finite at step ", step));
    }
    Backward(weights, gradients.weights, adversaries.mixer_loss,
             objective.beta);
    // That pass also left gradients on D, which are not D's objective.
    discriminator_.ClearGradients();
    adversaries.discriminator_loss.backward();
    HG_RETURN_IF_ERROR(Update(rates, workers));
    return report;
  });
}

at::Tensor Learner::Draw(Stream stream, int64_t step, int64_t count,
                         int64_t size) const {
  return DrawNoise(StreamSeed(seed_, stream), step * count, count, size)
      .to(device_);
}

Learner::Adversaries Learner::Compete(const at::Tensor& codes, int64_t step,
                                      StepReport* report) const {
  // Eq. 3: D learns to tell prior samples from codes, which it sees detached.
  const at::Tensor prior =
      Draw(Stream::kPrior, step, codes.size(0), codes.size(1) * codes.size(2))
          .view_as(codes);
  const at::Tensor prior_logits = discriminator_.Logits(prior);
  const at::Tensor code_logits = discriminator_.Logits(codes.detach());
  Adversaries result;
  result.discriminator_loss = DiscriminatorLoss(prior_logits, code_logits);
  // Eq. 2: D tells the mixer where its codes should go.
  result.mixer_loss = MixerLoss(discriminator_.Logits(codes));

  report->mixer_loss = result.mixer_loss.item<double>();
  report->discriminator_loss = result.discriminator_loss.item<double>();
  report->discriminator_accuracy =
      DiscriminatorAccuracy(prior_logits, code_logits);
  report->code_mean = codes.mean().item<double>();
  report->code_variance = codes.var().item<double>();
  return result;
}

absl::Status Learner::Update(const LearningRates& rates, Workers& workers) {
  HG_RETURN_IF_ERROR(hidden_adam_.Step(rates.hidden, workers));
  HG_RETURN_IF_ERROR(last_adam_.Step(rates.last, workers));
  return discriminator_adam_.Step(rates.discriminator, workers);
}

std::vector<at::Tensor> Learner::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(module_);
  for (const at::Tensor& parameter : discriminator_.parameters()) {
    tensors.push_back(parameter.detach());
  }
  for (const Adam* adam : {&hidden_adam_, &last_adam_, &discriminator_adam_}) {
    for (const at::Tensor& tensor : adam->State()) tensors.push_back(tensor);
  }
  return tensors;
}

void Learner::Restore(const std::vector<at::Tensor>& tensors, int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  for (at::Tensor tensor : ModuleTensors(module_)) tensor.copy_(*next++);
  for (const at::Tensor& parameter : discriminator_.parameters()) {
    parameter.detach().copy_(*next++);
  }
  for (Adam* adam : {&hidden_adam_, &last_adam_, &discriminator_adam_}) {
    const auto count = static_cast<int64_t>(adam->State().size());
    adam->Restore({next, next + count}, steps);
    next += count;
  }
}

}  // namespace hypergan::trainer
