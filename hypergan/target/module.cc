#include "hypergan/target/module.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/torchscript_source.h"

namespace hypergan {
namespace {

// After BatchNorm and ReLU a hidden unit's second moment is 1/2: that of a
// rectified standard normal variable.
constexpr double kHiddenSecondMoment = 0.5;

// The variance of W in y = W x that gives y the variance `wanted`.
double WeightVariance(const DenseLayer& layer, bool first, double wanted) {
  const double second_moment = first ? 1.0 : kHiddenSecondMoment;
  return wanted / (static_cast<double>(layer.inputs) * second_moment);
}

class Initializer {
 public:
  Initializer(torch::jit::Module* module, uint64_t seed)
      : module_(*module), generator_(at::detail::createCPUGenerator(seed)) {}

  // Of the square of `output_deviation` [outputs], each output's over seeds,
  // the last layer's weights give the share `own`, by which networks differ,
  // and its biases `common`, which all networks of one seed have.
  void AddChain(const std::vector<DenseLayer>& layers,
                const torch::Tensor& output_deviation, double own = 1,
                double common = 0) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const DenseLayer& layer = layers[i];
      torch::Tensor weight = torch::empty({layer.outputs, layer.inputs});
      weight.normal_(0, std::sqrt(WeightVariance(layer, i == 0, 1.0)),
                     generator_);
      torch::Tensor bias = torch::zeros({layer.outputs});
      if (!layer.hidden) {
        weight.mul_(std::sqrt(own) * output_deviation.unsqueeze(1));
        bias = Drawn({layer.outputs}, output_deviation, common);
      }
      Register(layer.name + "_weight", weight);
      Register(layer.name + "_bias", bias);
      if (!layer.hidden) continue;
      Register(layer.name + "_scale", torch::ones({layer.outputs}));
      Register(layer.name + "_shift", torch::zeros({layer.outputs}));
      module_.register_buffer(layer.name + "_mean",
                              torch::zeros({layer.outputs}));
      module_.register_buffer(layer.name + "_variance",
                              torch::ones({layer.outputs}));
    }
  }

  // `share` of the square of `output_deviation` [outputs], for each start.
  void AddStarts(const std::string& name, int64_t starts,
                 const torch::Tensor& output_deviation, double share) {
    Register(name, Drawn({starts, output_deviation.size(0)}, output_deviation,
                         share));
  }

 private:
  // Without a share no numbers are drawn for it.
  torch::Tensor Drawn(at::IntArrayRef shape, const torch::Tensor& deviation,
                      double share) {
    torch::Tensor value = torch::zeros(shape);
    if (share > 0) value.normal_(0, std::sqrt(share), generator_);
    return value.mul_(deviation);
  }

  void Register(const std::string& name, const torch::Tensor& value) {
    module_.register_parameter(name, value, /*is_buffer=*/false);
    value.set_requires_grad(true);
  }

  torch::jit::Module& module_;
  at::Generator generator_;
};

// The deviation of each weight and bias of one slot, in the generator's order.
torch::Tensor TargetDeviation(const ParameterSlot& slot) {
  const double weight = InitialDeviation(slot);
  return torch::cat({torch::full({slot.NumWeights()}, weight),
                     torch::full({slot.outputs}, kInitialBiasShare * weight)});
}

// A constant of the target network, shaped to broadcast over [B, channels, h,
// w] or [B, features].
torch::Tensor Constant(const std::vector<double>& values, int64_t size,
                       double fallback, bool is_image) {
  torch::Tensor constant =
      values.empty()
          ? torch::full({size}, fallback)
          : torch::tensor(values, torch::kFloat64).to(torch::kFloat32);
  return is_image ? constant.view({-1, 1, 1}) : constant;
}

void RegisterParameters(const Architecture& architecture, uint64_t seed,
                        double shared_start, torch::jit::Module& module) {
  Initializer initializer(&module, seed);
  const std::vector<DenseLayer> mixer = MixerLayers(architecture);
  if (!mixer.empty()) {
    const int64_t outputs = mixer.back().outputs;
    initializer.AddChain(mixer, torch::ones({outputs}));
    if (architecture.sizes.standard_codes) {
      module.register_buffer("codes_mean", torch::zeros({outputs}));
      module.register_buffer("codes_variance", torch::ones({outputs}));
    }
  }
  const int64_t starts = architecture.sizes.starts;
  if (starts > 1) module.register_buffer(kMemberBounds, MemberBounds(starts));
  for (const ParameterSlot& slot : SlotsOf(architecture.target)) {
    const torch::Tensor deviation = TargetDeviation(slot);
    initializer.AddChain(GeneratorLayers(architecture, slot.index), deviation,
                         1 - shared_start, starts == 1 ? shared_start : 0);
    if (starts > 1) {
      initializer.AddStarts(StartsName(slot.index), starts, deviation,
                            shared_start);
    }
  }
}

}  // namespace

double InitialDeviation(const ParameterSlot& slot) {
  return std::sqrt(slot.gain / static_cast<double>(slot.fan_in));
}

at::Tensor MemberBounds(int64_t members) {
  const torch::Tensor shares =
      torch::arange(1, members, torch::kFloat64) / static_cast<double>(members);
  return (std::numbers::sqrt2 * torch::erfinv(2 * shares - 1))
      .to(torch::kFloat32);
}

void RegisterConstants(const TargetNetwork& target,
                       torch::jit::Module& module) {
  const bool is_image = target.input_shape.size() == 3;
  const int64_t channels = target.input_shape[0];
  const int64_t outputs = target.NumOutputs();
  module.register_buffer("input_mean",
                         Constant(target.input_mean, channels, 0, is_image));
  module.register_buffer("input_deviation", Constant(target.input_deviation,
                                                     channels, 1, is_image));
  module.register_buffer("output_mean",
                         Constant(target.output_mean, outputs, 0, false));
  module.register_buffer("output_deviation",
                         Constant(target.output_deviation, outputs, 1, false));
}

absl::StatusOr<torch::jit::Module> NewModule(const Architecture& architecture,
                                             uint64_t seed,
                                             double shared_start) {
  HG_RETURN_IF_ERROR(CheckArchitecture(architecture));
  if (!(shared_start >= 0 && shared_start <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("shared start: expected 0 to 1, got ", shared_start));
  }
  return TorchGuard(
      "building the HyperGAN", [&]() -> absl::StatusOr<torch::jit::Module> {
        torch::NoGradGuard no_grad;
        torch::jit::Module module("HyperGAN");
        module.register_attribute("training", c10::BoolType::get(), false);
        RegisterParameters(architecture, seed, shared_start, module);
        RegisterConstants(architecture.target, module);
        module.define(HyperGanSource(architecture));
        return module;
      });
}

}  // namespace hypergan
