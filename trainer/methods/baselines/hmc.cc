#include "trainer/methods/baselines/hmc.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMostLeapfrogs = 10'000;
constexpr double kFirstStep = 0.05;
constexpr double kGoalAcceptance = 0.8;
// Of a step size's logarithm, a trajectory; falls as the run goes on.
constexpr double kAdaptation = 2;
constexpr double kAdaptationPower = 0.6;
// A trajectory's steps are up to so much shorter or longer than the chain's, so
// that none is periodic.
constexpr double kJitter = 0.2;
// A trajectory that leaves its energy by so much has diverged.
constexpr double kDivergence = 1000;

// The prior's deviations in the order of ChainSamples::Flat.
at::Tensor PriorDeviations(const TargetNetwork& target, double deviation) {
  std::vector<at::Tensor> scales;
  for (const ParameterSlot& slot : SlotsOf(target)) {
    scales.push_back(
        torch::full({slot.NumWeights()}, deviation * InitialDeviation(slot)));
    scales.push_back(torch::full({slot.outputs}, deviation));
  }
  return torch::cat(scales);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Hmc>> Hmc::New(const TargetNetwork& target,
                                              const HmcOptions& options,
                                              c10::Device device) {
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  if (options.leapfrogs < 1 || options.leapfrogs > kMostLeapfrogs) {
    return absl::InvalidArgumentError(
        absl::StrCat("hmc: leapfrogs: expected 1..", kMostLeapfrogs, ", got ",
                     options.leapfrogs));
  }
  return TorchGuard(
      "building the chains", [&]() -> absl::StatusOr<std::unique_ptr<Hmc>> {
        HG_ASSIGN_OR_RETURN(
            ChainSamples kept,
            ChainSamples::New(target, options.chains, options.samples,
                              options.seed, device));
        torch::jit::Module chains = NewBaselineModule("Chains", target);
        RegisterLayers(target, options.chains, options.seed, chains);
        chains.to(device);
        return std::unique_ptr<Hmc>(new Hmc(
            options, std::move(chains), std::move(kept),
            PriorDeviations(target, options.prior_deviation).to(device)));
      });
}

Hmc::Hmc(const HmcOptions& options, torch::jit::Module chains,
         ChainSamples kept, const at::Tensor& scale)
    : options_(options),
      chains_(std::move(chains)),
      kept_(std::move(kept)),
      weights_(ModuleParameters(chains_)),
      scale_(scale) {
  torch::NoGradGuard no_grad;
  starts_ = Positions();
  momenta_ = torch::zeros_like(starts_);
  start_energies_ = torch::zeros({options.chains}, torch::kDouble);
  diverged_ = torch::zeros_like(start_energies_);
  log_steps_ = torch::full_like(start_energies_, std::log(kFirstStep));
  accepted_ = torch::zeros_like(start_energies_);
  kept_.Keep(0, weights_);
}

Posterior::Sample Hmc::Draw(int64_t /*step*/, int64_t /*networks*/,
                            StepReport* /*report*/) {
  Sample sample;
  sample.weights = WeightSets(weights_);
  return sample;
}

std::vector<at::Tensor> Hmc::Gradients() { return GradientsOf(weights_); }

void Hmc::SeeLosses(const at::Tensor& losses) { losses_ = losses; }

at::Tensor Hmc::Positions() const { return FlatCopies(weights_) / scale_; }

at::Tensor Hmc::Slopes() const {
  // The loss is a mean over the chains, and over rows.
  const auto factor =
      static_cast<double>(options_.chains * options_.training_rows);
  return FlatCopies(GradientsOf(weights_)) * scale_ * factor + Positions();
}

void Hmc::MoveTo(const at::Tensor& positions) {
  const at::Tensor values = positions * scale_;
  int64_t first = 0;
  for (const at::Tensor& weight : weights_) {
    const int64_t count = weight[0].numel();
    weight.copy_(values.slice(1, first, first + count).view_as(weight));
    first += count;
  }
}

at::Tensor Hmc::StepSizes() const {
  const at::Tensor uniform =
      torch::erf(StepNoise(options_.noise_seed + 1, trajectory(),
                           options_.chains, 1, at::kCPU) /
                 std::sqrt(2.0));  // in -1..1
  return ((1 + kJitter * uniform.to(at::kDouble)) * step_sizes().unsqueeze(1))
      .to(scale_);
}

at::Tensor Hmc::Energies(const at::Tensor& positions) const {
  const at::Tensor squares =
      (positions.square() + momenta_.square()).to(torch::kDouble).sum(1).cpu();
  return losses_ * static_cast<double>(options_.training_rows) + squares / 2;
}

absl::Status Hmc::Update(const LearningRates& /*rates*/, Workers& /*workers*/) {
  if (!losses_.defined() || losses_.numel() != options_.chains) {
    return absl::InternalError(
        "hmc: expected the loss of each chain before its step");
  }
  return TorchGuard("a step of the trajectories", [&] {
    torch::NoGradGuard no_grad;
    const int64_t moved = steps_ % (options_.leapfrogs + 1);
    const at::Tensor positions = Positions();
    if (moved == 0) {
      Begin(positions);
    } else {
      FindDiverged(positions);
    }
    // Half a step for the momenta here where a trajectory begins or ends.
    const bool is_last = moved == options_.leapfrogs;
    const at::Tensor sizes = StepSizes();
    momenta_.sub_((moved == 0 || is_last ? sizes / 2 : sizes) * Slopes());
    if (is_last) {
      End(positions);
    } else {
      // A chain that has diverged waits for the end where it is.
      const at::Tensor moves =
          (1 - diverged_).unsqueeze(1).to(scale_) * sizes * momenta_;
      MoveTo(positions + moves);
    }
    for (const at::Tensor& weight : weights_) weight.mutable_grad().zero_();
    losses_ = at::Tensor();
    ++steps_;
    return absl::OkStatus();
  });
}

void Hmc::Begin(const at::Tensor& positions) {
  starts_.copy_(positions);
  momenta_.copy_(StepNoise(options_.noise_seed, trajectory(), options_.chains,
                           positions.size(1), positions.device()));
  start_energies_.copy_(Energies(positions));
  diverged_.zero_();
}

// The momenta are half a step ahead here, which matters little to a bound so
// wide.
void Hmc::FindDiverged(const at::Tensor& positions) {
  const at::Tensor is_bounded =
      Energies(positions) - start_energies_ < kDivergence;  // not if NaN
  diverged_.copy_(torch::maximum(
      diverged_, is_bounded.logical_not().to(diverged_.scalar_type())));
}

// Accepts a trajectory with the probability min(1, exp(-change of energy)), or
// has the chain stay where it began.
void Hmc::End(const at::Tensor& positions) {
  const at::Tensor change = Energies(positions) - start_energies_;
  const at::Tensor probability = (-change).clamp_max(0).exp() * (1 - diverged_);
  const at::Tensor uniform =
      (1 + torch::erf(StepNoise(options_.noise_seed + 2, trajectory(),
                                options_.chains, 1, at::kCPU)
                          .to(torch::kDouble) /
                      std::sqrt(2.0)))
          .squeeze(1) /
      2;
  const at::Tensor is_accepted = uniform < probability;
  MoveTo(torch::where(is_accepted.to(positions.device()).unsqueeze(1),
                      positions, starts_));
  if (IsWarmingUp()) {
    const double rate =
        kAdaptation *
        std::pow(static_cast<double>(trajectory() + 1), -kAdaptationPower);
    log_steps_.add_(probability - kGoalAcceptance, rate);
    kept_.Keep(0, weights_);
    return;
  }
  accepted_.add_(is_accepted);
  const int64_t number = trajectory() - trajectories() / 2;
  const int64_t interval = std::max<int64_t>(
      1, (trajectories() - trajectories() / 2) / kept_.per_chain());
  if (number % interval == 0) kept_.Keep(number / interval, weights_);
}

at::Tensor Hmc::Acceptance() const {
  const int64_t count = std::max<int64_t>(1, trajectory() - trajectories() / 2);
  return accepted_ / static_cast<double>(count);
}

std::vector<at::Tensor> Hmc::Tensors() const {
  std::vector<at::Tensor> tensors = ModuleTensors(kept_.module());
  tensors.insert(tensors.end(), weights_.begin(), weights_.end());
  for (const at::Tensor& tensor :
       {starts_, momenta_, start_energies_, diverged_, log_steps_, accepted_}) {
    tensors.push_back(tensor);
  }
  return tensors;
}

void Hmc::Restore(const std::vector<at::Tensor>& tensors, int64_t steps) {
  torch::NoGradGuard no_grad;
  auto next = tensors.begin();
  for (const at::Tensor& tensor : Tensors()) tensor.copy_(*next++);
  steps_ = steps;
}

}  // namespace hypergan::trainer
