#include "trainer/methods/baselines/apd.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/PhiloxRNGEngine.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/target_source.h"
#include "trainer/methods/baselines/layer_parameters.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kNoise = 32;
constexpr int64_t kUnits = 100;
constexpr int kHiddenLayers = 3;  // of the generator and of the critic
constexpr int64_t kBatch = 32;
constexpr int64_t kCriticSteps = 5;  // of a round
constexpr int64_t kRoundDraws = kCriticSteps + 1;
constexpr double kPenalty = 10;
constexpr double kLeastSpread = 1e-4;
constexpr int64_t kMostRounds = 1000;
constexpr AdamOptions kWassersteinAdam = {.beta1 = 0.5, .beta2 = 0.9};

std::vector<int64_t> Hidden() {
  return std::vector<int64_t>(kHiddenLayers, kUnits);
}

// Weights and biases of the generator's chain of linear layers, He's
// initialisation.
std::vector<at::Tensor> NewLayers(int64_t outputs, uint64_t seed) {
  std::vector<int64_t> widths = Hidden();
  widths.insert(widths.begin(), kNoise);
  widths.push_back(outputs);
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<at::Tensor> layers;
  for (size_t i = 1; i < widths.size(); ++i) {
    const double deviation = std::sqrt((i + 1 < widths.size() ? 2.0 : 1.0) /
                                       static_cast<double>(widths[i - 1]));
    layers.push_back(torch::empty({widths[i], widths[i - 1]})
                         .normal_(0, deviation, generator));
    layers.push_back(torch::zeros({widths[i]}));
  }
  for (at::Tensor& layer : layers) layer.set_requires_grad(true);
  return layers;
}

// A weight set's tensors as a chain's module holds them, one after the other.
std::string GeneratorSource(const TargetNetwork& target) {
  std::string source = "def standardised(self, noise: Tensor) -> Tensor:\n";
  for (int i = 0; i <= kHiddenLayers; ++i) {
    const std::string linear = absl::Substitute(
        "torch.matmul($0, self.layer$1_w.t()) + self.layer$1_b",
        i == 0 ? "noise" : "h", i);
    absl::StrAppend(
        &source, "    h = ",
        i < kHiddenLayers ? absl::StrCat("torch.relu(", linear, ")") : linear,
        "\n");
  }
  absl::StrAppend(&source,
                  "    return h\n"
                  "def generate(self, noise: Tensor) -> List[Tensor]:\n"
                  "    flat = self.standardised(noise) * self.deviation + "
                  "self.mean\n");
  std::string list;
  int64_t first = 0;
  for (const ParameterSlot& slot : SlotsOf(target)) {
    const std::vector<int64_t>& w = slot.weight;
    std::vector<int64_t> shape = {-1, w[0], w[1]};
    if (slot.IsConvolution()) shape = {-1, w[0], w[2], w[3], w[1]};
    const int64_t end = first + slot.NumWeights();
    const std::string weights = absl::Substitute(
        "flat[:, $0:$1].view([$2])", first, end, absl::StrJoin(shape, ", "));
    absl::StrAppend(
        &list, first == 0 ? "" : ", ", AsWeights(slot, weights),
        absl::Substitute(", flat[:, $0:$1]", end, end + slot.outputs));
    first = end + slot.outputs;
  }
  return absl::StrCat(source, "    return [", list, "]\n",
                      TargetNetworkSource(target));
}

torch::jit::Module NewGenerator(const TargetNetwork& target, uint64_t seed,
                                c10::Device device) {
  torch::jit::Module module = NewBaselineModule("Apd", target);
  const int64_t parameters = NumParameters(target);
  const std::vector<at::Tensor> layers = NewLayers(parameters, seed);
  for (size_t i = 0; i < layers.size(); ++i) {
    module.register_parameter(
        absl::StrCat("layer", i / 2, i % 2 == 0 ? "_w" : "_b"), layers[i],
        /*is_buffer=*/false);
  }
  module.register_buffer("mean", torch::zeros({parameters}));
  module.register_buffer("deviation", torch::full({parameters}, 0.1));
  module.define(GeneratorSource(target));
  module.to(device);
  return module;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Apd>> Apd::New(const TargetNetwork& target,
                                              const ApdOptions& options,
                                              c10::Device device) {
  if (options.rounds < 1 || options.rounds > kMostRounds) {
    return absl::InvalidArgumentError(absl::StrCat(
        "apd: rounds: expected 1..", kMostRounds, ", got ", options.rounds));
  }
  HG_ASSIGN_OR_RETURN(std::unique_ptr<Sgld> teacher,
                      Sgld::New(target, options.teacher, device));
  return TorchGuard("building the generator",
                    [&]() -> absl::StatusOr<std::unique_ptr<Apd>> {
                      return std::unique_ptr<Apd>(
                          new Apd(options, std::move(teacher),
                                  NewGenerator(target, options.seed, device),
                                  Discriminator(NumParameters(target), Hidden(),
                                                options.seed + 1, device)));
                    });
}

Apd::Apd(const ApdOptions& options, std::unique_ptr<Sgld> teacher,
         torch::jit::Module module, Discriminator critic)
    : options_(options),
      teacher_(std::move(teacher)),
      module_(std::move(module)),
      critic_(std::move(critic)),
      generator_adam_(ModuleParameters(module_), kWassersteinAdam),
      critic_adam_(critic_.parameters(), kWassersteinAdam) {}

int64_t Apd::noise_size() const { return kNoise; }

Posterior::Sample Apd::Draw(int64_t step, int64_t networks,
                            StepReport* report) {
  if (IsTeaching()) return teacher_->Draw(step, networks, report);
  Sample sample;
  torch::NoGradGuard no_grad;
  sample.noise = StepNoise(options_.noise_seed, step, networks, kNoise,
                           critic_.parameters()[0].device());
  // The loss is only told of: the generator learns from the critic.
  for (const at::Tensor& weights :
       module_.get_method("generate")({sample.noise}).toTensorVector()) {
    sample.weights.push_back(weights.detach().set_requires_grad(true));
  }
  return sample;
}

std::vector<at::Tensor> Apd::Gradients() {
  return IsTeaching() ? teacher_->Gradients() : std::vector<at::Tensor>();
}

absl::Status Apd::Update(const LearningRates& rates, Workers& workers) {
  if (IsTeaching()) {
    HG_RETURN_IF_ERROR(teacher_->Update(rates, workers));
    ++steps_;
    return absl::OkStatus();
  }
  return TorchGuard("a step of the distillation", [&]() -> absl::Status {
    if (!real_.defined()) Standardise();
    const int64_t first = (steps_ - options_.teacher.steps) * options_.rounds;
    for (int64_t round = first; round < first + options_.rounds; ++round) {
      HG_RETURN_IF_ERROR(Round(round, workers));
    }
    ++steps_;
    return absl::OkStatus();
  });
}

// A function of the teacher's samples, which stand: after a resume it gives the
// same again.
void Apd::Standardise() {
  torch::NoGradGuard no_grad;
  const at::Tensor samples = teacher_->Samples();
  const at::Tensor mean = samples.mean(0);
  const at::Tensor deviation =
      samples.std(0, /*unbiased=*/false).clamp_min(kLeastSpread);
  module_.attr("mean").toTensor().copy_(mean);
  module_.attr("deviation").toTensor().copy_(deviation);
  real_ = (samples - mean) / deviation;
}

at::Tensor Apd::Fake(int64_t draw) const {
  const at::Tensor noise =
      StepNoise(options_.noise_seed + 1, draw, kBatch, kNoise, real_.device());
  return module_.get_method("standardised")({noise}).toTensor();
}

at::Tensor Apd::Real(int64_t draw) const {
  at::Philox4_32 philox(options_.noise_seed + 2, static_cast<uint64_t>(draw),
                        0);
  at::Tensor picked = torch::empty({kBatch}, torch::kLong);
  for (int64_t i = 0; i < kBatch; ++i) {
    picked.data_ptr<int64_t>()[i] = UniformBelow(philox, real_.size(0));
  }
  return real_.index_select(0, picked.to(real_.device()));
}

at::Tensor Apd::CriticLoss(int64_t draw) const {
  const at::Tensor real = Real(draw);
  at::Tensor fake;
  {
    torch::NoGradGuard no_grad;
    fake = Fake(draw);
  }
  at::Philox4_32 philox(options_.noise_seed + 3, static_cast<uint64_t>(draw),
                        0);
  at::Tensor share = torch::empty({kBatch, 1});
  for (int64_t i = 0; i < kBatch; ++i) {
    share.data_ptr<float>()[i] = static_cast<float>(philox()) * 0x1p-32F;
  }
  share = share.to(real.device());
  const at::Tensor between =
      (share * real + (1 - share) * fake).detach().set_requires_grad(true);
  const at::Tensor slope = torch::autograd::grad(
      {critic_.Logits(between).sum()}, {between}, /*grad_outputs=*/{},
      /*retain_graph=*/true, /*create_graph=*/true)[0];
  const at::Tensor penalty = (slope.norm(2, 1) - 1).square().mean();
  return critic_.Logits(fake).mean() - critic_.Logits(real).mean() +
         kPenalty * penalty;
}

absl::Status Apd::Round(int64_t round, Workers& workers) {
  for (int64_t i = 0; i < kCriticSteps; ++i) {
    CriticLoss(round * kRoundDraws + i).backward();
    HG_RETURN_IF_ERROR(critic_adam_.Step(options_.rate, workers));
  }
  const at::Tensor fake = Fake(round * kRoundDraws + kCriticSteps);
  (-critic_.Frozen().Logits(fake).mean()).backward();
  return generator_adam_.Step(options_.rate, workers);
}

std::vector<at::Tensor> Apd::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(module_);
  for (const std::vector<at::Tensor>& more :
       {critic_.parameters(), generator_adam_.State(), critic_adam_.State(),
        teacher_->Tensors()}) {
    for (const at::Tensor& tensor : more) tensors.push_back(tensor.detach());
  }
  return tensors;
}

void Apd::Restore(const std::vector<at::Tensor>& tensors, int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  const auto take = [&](size_t count) {
    const std::vector<at::Tensor> taken(next,
                                        next + static_cast<int64_t>(count));
    next += static_cast<int64_t>(count);
    return taken;
  };
  const auto copy = [&](std::vector<at::Tensor> into) {
    for (at::Tensor& tensor : into) tensor.detach().copy_(*next++);
  };
  steps_ = steps;
  const int64_t taught = std::min(steps, options_.teacher.steps);
  const int64_t rounds = (steps - taught) * options_.rounds;
  copy(ModuleTensors(module_));
  copy(critic_.parameters());
  generator_adam_.Restore(take(generator_adam_.State().size()), rounds);
  critic_adam_.Restore(take(critic_adam_.State().size()),
                       rounds * kCriticSteps);
  teacher_->Restore({next, tensors.end()}, taught);
  real_ = at::Tensor();
}

}  // namespace hypergan::trainer
