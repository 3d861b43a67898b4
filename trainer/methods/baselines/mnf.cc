#include "trainer/methods/baselines/mnf.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/target_source.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMaxNoiseNumbers = 65536;
constexpr int kFlowSteps = 2;
constexpr int64_t kFlowUnits = 50;      // of q
constexpr int64_t kReverseUnits = 100;  // of r
constexpr double kInitialLogDeviation = -9;
constexpr double kMostDeviation = 0.5;
// Gates start nearly open, sigmoid(3) = 0.95: half-open ones would halve z.
constexpr double kInitialGate = 3;

const double kLogTwoPi = std::log(2 * std::numbers::pi);

// The factors of a layer: one a filter of a convolution, one an input of a
// linear layer.
int64_t Factors(const ParameterSlot& slot) {
  return slot.IsConvolution() ? slot.outputs : slot.Inputs();
}

int64_t NoiseNumbers(const TargetNetwork& target,
                     const std::vector<ParameterSlot>& slots) {
  int64_t size = NumParameters(target);
  for (const ParameterSlot& slot : slots) size += Factors(slot);
  return size;
}

// Puts what a layer has beside its means and biases into the module.
class LayerRegistration {
 public:
  LayerRegistration(int layer, uint64_t seed, torch::jit::Module& module)
      : layer_(absl::StrCat(layer)),
        generator_(at::detail::createCPUGenerator(seed)),
        module_(module) {}

  void Parameter(const std::string& name, const at::Tensor& value) {
    module_.register_parameter(name + layer_, value, /*is_buffer=*/false);
    value.set_requires_grad(true);
  }
  // A flow's steps: masks that are complements of one another, and for each two
  // linear layers out of a hidden one.
  void Flow(const std::string& flow, int64_t size, int64_t units) {
    const at::Tensor mask =
        torch::empty({size}).bernoulli_(0.5, generator_).contiguous();
    for (int step = 0; step < kFlowSteps; ++step) {
      const std::string name = absl::StrCat(flow, step, "_");
      module_.register_buffer(absl::StrCat(name, "mask", layer_),
                              step % 2 == 0 ? mask : 1 - mask);
      const double in = 1 / std::sqrt(static_cast<double>(size));
      const double out = 0.1 / std::sqrt(static_cast<double>(units));
      Parameter(name + "hidden_w", Normal({units, size}, in));
      Parameter(name + "hidden_b", torch::zeros({units}));
      Parameter(name + "shift_w", Normal({size, units}, out));
      Parameter(name + "shift_b", torch::zeros({size}));
      Parameter(name + "gate_w", Normal({size, units}, out));
      Parameter(name + "gate_b", torch::full({size}, kInitialGate));
    }
  }
  at::Tensor Normal(at::IntArrayRef shape, double deviation) {
    return torch::empty(shape).normal_(0, deviation, generator_);
  }

 private:
  const std::string layer_;
  at::Generator generator_;
  torch::jit::Module& module_;
};

void RegisterLayer(int layer, const ParameterSlot& slot, uint64_t seed,
                   torch::jit::Module& module) {
  LayerRegistration registration(layer, seed + static_cast<uint64_t>(layer),
                                 module);
  for (const std::string name : {"w", "b"}) {
    const at::Tensor mean =
        module.attr(absl::StrCat(name, layer)).toTensor().detach();
    registration.Parameter("log_deviation_" + name,
                           torch::full_like(mean, kInitialLogDeviation));
  }
  const int64_t size = Factors(slot);
  registration.Parameter("z_mean", torch::ones({size}));
  registration.Parameter("z_log_deviation",
                         torch::full({size}, kInitialLogDeviation / 4));
  registration.Flow("q", size, kFlowUnits);
  registration.Flow("r", size, kReverseUnits);
  registration.Parameter("r_read", registration.Normal({size}, 0.1));
  registration.Parameter("r_mean", torch::ones({size}));
  registration.Parameter("r_log_deviation", torch::zeros({size}));
}

// One step of a flow (Eq. 9): z, and the logarithm of its Jacobian's
// determinant.
constexpr char kFlowStep[] = R"(
def flow_step(self, z: Tensor, mask: Tensor, hidden_w: Tensor,
              hidden_b: Tensor, shift_w: Tensor, shift_b: Tensor,
              gate_w: Tensor, gate_b: Tensor) -> Tuple[Tensor, Tensor]:
    hidden = torch.tanh(torch.matmul(mask * z, hidden_w.t()) + hidden_b)
    shift = torch.matmul(hidden, shift_w.t()) + shift_b
    gate = torch.sigmoid(torch.matmul(hidden, gate_w.t()) + gate_b)
    moved = mask * z + (1 - mask) * (z * gate + (1 - gate) * shift)
    return moved, ((1 - mask) * torch.log(gate)).sum(1)
)";

// "self.q0_mask1, self.q0_hidden_w1, ...": what flow_step takes after z.
std::string FlowArguments(const std::string& flow, int step, size_t layer) {
  return absl::StrJoin({"mask", "hidden_w", "hidden_b", "shift_w", "shift_b",
                        "gate_w", "gate_b"},
                       ", ", [&](std::string* out, absl::string_view name) {
                         absl::StrAppend(out, "self.", flow, step, "_", name,
                                         layer);
                       });
}

// "q_flow1(z)": z after all steps of a layer's flow, and the logarithms of
// their Jacobians' determinants, summed.
std::string FlowMethod(const std::string& flow, size_t layer) {
  std::string source = absl::Substitute(
      "def $0_flow$1(self, z: Tensor) -> Tuple[Tensor, Tensor]:\n"
      "    change = torch.zeros([z.size(0)], dtype=z.dtype, "
      "device=z.device)\n",
      flow, layer);
  for (int step = 0; step < kFlowSteps; ++step) {
    absl::StrAppend(&source, "    z, more = self.flow_step(z, ",
                    FlowArguments(flow, step, layer),
                    ")\n    change = change + more\n");
  }
  return source + "    return z, change\n";
}

// "w0 = ...": a tensor's draw given `factor`, "" for none.
std::string DrawOf(const std::string& name, const std::string& factor,
                   const std::string& shape, int64_t first, int64_t count) {
  return absl::Substitute(
      "    $0 = self.$0$1 + torch.exp(self.log_deviation_$0)"
      ".clamp(max=$2) * noise[:, $3:$4].view([$5])\n",
      name, factor, kMostDeviation, first, first + count, shape);
}

std::string ViewOf(const at::Tensor& tensor) {
  std::vector<int64_t> shape = tensor.sizes().vec();
  shape[0] = -1;
  return absl::StrJoin(shape, ", ");
}

std::string GenerateSource(const TargetNetwork& target,
                           const std::vector<ParameterSlot>& slots,
                           const torch::jit::Module& module) {
  std::string source = "def generate(self, noise: Tensor) -> List[Tensor]:\n";
  std::string list;
  int64_t first = 0;
  int64_t first_factor = NumParameters(target);
  for (size_t i = 0; i < slots.size(); ++i) {
    const int64_t factors = Factors(slots[i]);
    absl::StrAppend(
        &source,
        absl::Substitute("    z$0, change$0 = self.q_flow$0(self.z_mean$0 + "
                         "torch.exp(self.z_log_deviation$0) * "
                         "noise[:, $1:$2])\n",
                         i, first_factor, first_factor + factors));
    first_factor += factors;
    const std::string factor = absl::Substitute(
        slots[i].IsConvolution() ? " * z$0.view([-1, $1, 1, 1, 1])"
                                 : " * z$0.view([-1, 1, $1])",
        i, factors);
    for (const std::string kind : {"w", "b"}) {
      const std::string name = absl::StrCat(kind, i);
      const at::Tensor mean = module.attr(name).toTensor();
      absl::StrAppend(&source, DrawOf(name, kind == "w" ? factor : "",
                                      ViewOf(mean), first, mean.numel()));
      first += mean.numel();
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ",
                    AsWeights(slots[i], absl::StrCat("w", i)), ", b", i);
  }
  return absl::StrCat(source, "    return [", list, "]\n",
                      TargetNetworkSource(target));
}

at::Tensor Named(const torch::jit::Module& module, const char* name,
                 size_t layer) {
  return module.attr(absl::StrCat(name, layer)).toTensor();
}

at::Tensor Deviation(const torch::jit::Module& module, const char* name,
                     size_t layer) {
  return Named(module, name, layer).exp().clamp_max(kMostDeviation);
}

std::pair<at::Tensor, at::Tensor> Flow(const torch::jit::Module& module,
                                       const std::string& flow, size_t layer,
                                       const at::Tensor& z) {
  const auto result = module.get_method(absl::StrCat(flow, "_flow", layer))({z})
                          .toTuple()
                          ->elements()
                          .vec();
  return {result[0].toTensor(), result[1].toTensor()};
}

// KL of N(mean, deviation^2) from N(0, 1), summed over all but the networks.
at::Tensor DivergenceFromPrior(const at::Tensor& mean,
                               const at::Tensor& deviation) {
  return (mean.square() + deviation.square() - 1 - 2 * deviation.log())
      .flatten(1)
      .sum(1)
      .div(2);
}

// log r(z | W) by [N]: a normal around what is read from W, behind r's flow.
// `weights` [N, outputs, ...] as generate() returns them.
at::Tensor LogReverse(const torch::jit::Module& module,
                      const ParameterSlot& slot, size_t layer,
                      const at::Tensor& z, const at::Tensor& weights) {
  // [N, size, the others]: what is read is the mean of tanh(read W) over them.
  const at::Tensor by_factor =
      slot.IsConvolution() ? weights.flatten(2) : weights.transpose(1, 2);
  const at::Tensor read =
      torch::tanh(
          (Named(module, "r_read", layer).view({1, -1, 1}) * by_factor).sum(1))
          .mean(1, /*keepdim=*/true);
  const at::Tensor mean = Named(module, "r_mean", layer) * read;
  const at::Tensor log_deviation =
      Named(module, "r_log_deviation", layer) * read;
  const auto [moved, change] = Flow(module, "r", layer, z);
  return (-0.5 * ((moved - mean) / log_deviation.exp()).square() -
          log_deviation - 0.5 * kLogTwoPi)
             .sum(1) +
         change;
}

// KL(q(W | z) || p(W)) + log q(z) - log r(z | W) of what was drawn, mean over
// networks.
at::Tensor Divergence(const std::vector<ParameterSlot>& slots,
                      int64_t num_parameters, const torch::jit::Module& module,
                      const Posterior::Sample& sample) {
  at::Tensor sum;
  int64_t first = num_parameters;
  for (size_t i = 0; i < slots.size(); ++i) {
    const int64_t factors = Factors(slots[i]);
    const at::Tensor noise = sample.noise.slice(1, first, first + factors);
    first += factors;
    const at::Tensor log_deviation = Named(module, "z_log_deviation", i);
    const auto [z, change] =
        Flow(module, "q", i,
             Named(module, "z_mean", i) + log_deviation.exp() * noise);
    const at::Tensor log_q =
        (-0.5 * noise.square() - log_deviation - 0.5 * kLogTwoPi).sum(1) -
        change;
    const at::Tensor mean = Named(module, "w", i);
    const at::Tensor scaled =
        mean * (slots[i].IsConvolution() ? z.view({-1, factors, 1, 1, 1})
                                         : z.view({-1, 1, factors}));
    const at::Tensor divergence =
        DivergenceFromPrior(scaled, Deviation(module, "log_deviation_w", i)) +
        DivergenceFromPrior(Named(module, "b", i),
                            Deviation(module, "log_deviation_b", i)) +
        log_q - LogReverse(module, slots[i], i, z, sample.weights[2 * i]);
    sum = sum.defined() ? sum + divergence.mean() : divergence.mean();
  }
  return sum;
}

}  // namespace

absl::StatusOr<DirectPosterior::Parts> Mnf(const TargetNetwork& target,
                                           const MnfOptions& options) {
  HG_ASSIGN_OR_RETURN(const Operations operations, OperationsOf(target));
  const std::vector<ParameterSlot>& slots = operations.slots;
  const int64_t size = NoiseNumbers(target, slots);
  if (size > kMaxNoiseNumbers) {
    return absl::InvalidArgumentError(absl::StrCat(
        "mnf: expected a target network of at most ", kMaxNoiseNumbers,
        " parameters and factors, one noise number each, got ", size));
  }
  return TorchGuard(
      "building the flows", [&]() -> absl::StatusOr<DirectPosterior::Parts> {
        DirectPosterior::Parts parts;
        parts.noise_size = size;
        parts.module = NewBaselineModule("Mnf", target);
        RegisterLayers(target, 1, options.seed, parts.module);
        parts.module.define(kFlowStep);
        for (size_t i = 0; i < slots.size(); ++i) {
          RegisterLayer(static_cast<int>(i), slots[i], options.seed + 1,
                        parts.module);
          parts.module.define(FlowMethod("q", i));
          parts.module.define(FlowMethod("r", i));
        }
        parts.module.define(GenerateSource(target, slots, parts.module));
        parts.noise = [seed = options.noise_seed, size](int64_t step,
                                                        int64_t networks) {
          return StepNoise(seed, step, networks, size, c10::kCPU);
        };
        parts.warm_up_steps = options.warm_up_steps;
        const double weight =
            options.kl_weight / static_cast<double>(options.training_rows);
        parts.regulariser = [weight, slots, parameters = NumParameters(target)](
                                const torch::jit::Module& module,
                                const Posterior::Sample& sample) {
          return weight * Divergence(slots, parameters, module, sample);
        };
        return parts;
      });
}

}  // namespace hypergan::trainer
