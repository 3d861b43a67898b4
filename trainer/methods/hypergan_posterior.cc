#include "trainer/methods/hypergan_posterior.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/torchscript_source.h"
#include "trainer/objective/losses.h"
#include "trainer/optimizer/random_stream.h"

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

// Noise whose first number picks the first start of any number of them.
constexpr double kFirstStart = -10;

// A layer's weights [N, ...] as its generator gives them, [N, numbers]
// (AppendSplit, hypergan/target/torchscript_source.cc).
at::Tensor FlatAsGenerated(const at::Tensor& weight, bool is_convolution) {
  return is_convolution ? weight.permute({0, 1, 3, 4, 2}).flatten(1)
                        : weight.flatten(1);
}

torch::jit::Module MoveTo(torch::jit::Module module, c10::Device device) {
  module.to(device);
  return module;
}

}  // namespace

HyperGanPosterior::HyperGanPosterior(const Architecture& architecture,
                                     torch::jit::Module module, uint64_t seed,
                                     const Options& options, c10::Device device)
    : architecture_(architecture),
      seed_(seed),
      options_(options),
      device_(device),
      module_(MoveTo(std::move(module), device)),
      discriminator_(architecture.sizes.code,
                     {options.discriminator_width, options.discriminator_width},
                     StreamSeed(seed, Stream::kDiscriminator), device),
      hidden_adam_(Parameters(module_, /*last=*/false), AdamOptions()),
      last_adam_(Parameters(module_, /*last=*/true), AdamOptions()),
      discriminator_adam_(discriminator_.parameters(),
                          AdamOptions{.beta1 = 0.5}) {
  if (IsBeforeFork()) CopyFirstStart();
}

at::Tensor HyperGanPosterior::NoiseOf(int64_t step, int64_t count) const {
  at::Tensor noise = StepNoise(StreamSeed(seed_, Stream::kTrainingNoise), step,
                               count, architecture_.sizes.noise, device_);
  if (!IsBeforeFork()) {
    return SpreadOverMembers(noise, architecture_.sizes.starts);
  }
  noise.select(1, 0).fill_(kFirstStart);
  return noise;
}

void HyperGanPosterior::CopyFirstStart() {
  torch::NoGradGuard no_grad;
  for (const ParameterSlot& slot : SlotsOf(architecture_.target)) {
    const at::Tensor starts =
        module_.attr(StartsName(slot.index)).toTensor().detach();
    starts.copy_(starts[0].expand_as(starts).clone());
  }
}

void HyperGanPosterior::Fork() {
  torch::NoGradGuard no_grad;
  // Networks by the noise of the step that has just been made.
  const at::Tensor noise = NoiseOf(steps_, architecture_.sizes.starts);
  std::vector<at::Tensor> weights =
      module_.get_method("generate")({noise}).toTensorVector();
  for (at::Tensor& weight : weights) {
    weight = torch::lerp(weight.mean(0, /*keepdim=*/true), weight,
                         options_.fork_spread);
  }
  for (const ParameterSlot& slot : SlotsOf(architecture_.target)) {
    const at::Tensor& weight = weights[slot.WeightTensor()];
    module_.attr(StartsName(slot.index))
        .toTensor()
        .detach()
        .copy_(at::cat({FlatAsGenerated(weight, slot.IsConvolution()),
                        weights[slot.BiasTensor()]},
                       1));
  }
  for (const at::Tensor& last : Parameters(module_, /*last=*/true)) {
    last.detach().mul_(options_.fork_scale);
  }
  hidden_adam_ = Adam(Parameters(module_, /*last=*/false), AdamOptions());
  last_adam_ = Adam(Parameters(module_, /*last=*/true), AdamOptions());
}

Posterior::Sample HyperGanPosterior::Draw(int64_t step, int64_t networks,
                                          StepReport* report) {
  // Training statistics for this draw alone; whoever else asks the module gets
  // the running ones.
  module_.train();
  const at::Tensor noise = NoiseOf(step, std::max(options_.codes, networks));
  const at::Tensor codes = module_.get_method("codes")({noise}).toTensor();
  Sample sample;
  sample.weights =
      module_.get_method("weights")({codes, noise.narrow(0, 0, networks)})
          .toTensorVector();
  module_.eval();
  sample.regulariser = options_.beta * Compete(codes, step, report);
  if (options_.weight_decay > 0) {
    // A mean over networks, as the loss is.
    const double weight =
        options_.weight_decay / 2 / static_cast<double>(networks);
    sample.regulariser =
        sample.regulariser + weight * SquaredNorm(sample.weights);
  }
  if (options_.entropy > 0) {
    sample.regulariser =
        sample.regulariser -
        options_.entropy * MeanLogDeviation(WithoutStarts(
                               sample.weights, noise.narrow(0, 0, networks)));
  }
  // Without a mixer D has nothing to teach.
  if (!sample.regulariser.requires_grad()) sample.regulariser = at::Tensor();
  return sample;
}

std::vector<at::Tensor> HyperGanPosterior::WithoutStarts(
    std::vector<at::Tensor> weights, const at::Tensor& noise) const {
  if (architecture_.sizes.starts == 1) return weights;
  const std::vector<at::Tensor> starts =
      module_.get_method("starts")({noise}).toTensorVector();
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = weights[i] - starts[i];
  }
  return weights;
}

at::Tensor HyperGanPosterior::Compete(const at::Tensor& codes, int64_t step,
                                      StepReport* report) {
  // Eq. 3: D learns to tell prior samples from codes, which it sees detached.
  const at::Tensor prior =
      StepNoise(StreamSeed(seed_, Stream::kPrior), step, codes.size(0),
                codes.size(1) * codes.size(2), device_)
          .view_as(codes);
  const at::Tensor prior_logits = discriminator_.Logits(prior);
  const at::Tensor code_logits = discriminator_.Logits(codes.detach());
  discriminator_loss_ = DiscriminatorLoss(prior_logits, code_logits);
  // Eq. 2: D tells the mixer where its codes should go.
  const at::Tensor mixer_loss =
      MixerLoss(discriminator_.Frozen().Logits(codes));

  // At once, since each wait for a GPU leaves it without work.
  const std::vector<double> seen =
      ToDoubles({mixer_loss, discriminator_loss_,
                 DiscriminatorAccuracy(prior_logits, code_logits), codes.mean(),
                 codes.var()});
  report->mixer_loss = seen[0];
  report->discriminator_loss = seen[1];
  report->discriminator_accuracy = seen[2];
  report->code_mean = seen[3];
  report->code_variance = seen[4];
  return mixer_loss;
}

std::vector<at::Tensor> HyperGanPosterior::Gradients() {
  discriminator_loss_.backward();
  discriminator_loss_ = at::Tensor();
  std::vector<at::Tensor> gradients;
  for (const Adam* adam : {&hidden_adam_, &last_adam_, &discriminator_adam_}) {
    for (const at::Tensor& gradient : adam->Gradients()) {
      gradients.push_back(gradient);
    }
  }
  return gradients;
}

absl::Status HyperGanPosterior::Update(const LearningRates& rates,
                                       Workers& workers) {
  HG_RETURN_IF_ERROR(hidden_adam_.Step(rates.hidden, workers));
  HG_RETURN_IF_ERROR(last_adam_.Step(rates.last, workers));
  HG_RETURN_IF_ERROR(discriminator_adam_.Step(rates.discriminator, workers));
  return TorchGuard("starts", [&] {
    if (IsBeforeFork()) {
      CopyFirstStart();
      if (steps_ + 1 == options_.fork_step) Fork();
    }
    ++steps_;
    return absl::OkStatus();
  });
}

std::vector<at::Tensor> HyperGanPosterior::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(module_);
  for (const at::Tensor& parameter : discriminator_.parameters()) {
    tensors.push_back(parameter.detach());
  }
  for (const Adam* adam : {&hidden_adam_, &last_adam_, &discriminator_adam_}) {
    for (const at::Tensor& tensor : adam->State()) tensors.push_back(tensor);
  }
  return tensors;
}

void HyperGanPosterior::Restore(const std::vector<at::Tensor>& tensors,
                                int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  for (const at::Tensor& tensor : ModuleTensors(module_)) tensor.copy_(*next++);
  for (const at::Tensor& parameter : discriminator_.parameters()) {
    parameter.detach().copy_(*next++);
  }
  for (Adam* adam : {&hidden_adam_, &last_adam_, &discriminator_adam_}) {
    const auto count = static_cast<int64_t>(adam->State().size());
    const bool is_reset =
        adam != &discriminator_adam_ && steps >= options_.fork_step;
    adam->Restore({next, next + count},
                  is_reset ? steps - options_.fork_step : steps);
    next += count;
  }
  steps_ = steps;
}

}  // namespace hypergan::trainer
