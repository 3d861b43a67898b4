#include "trainer/methods/baselines/mean_field.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "hypergan/target/target_source.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMaxNoise = 65536;
// Where the deviations start, in units of the prior's: wide ones drown the
// gradient of the means at first.
constexpr double kInitialDeviation = 0.05;

// "w0 = self.w0 + softplus(self.rho_w0) * noise": one tensor's draw.
std::string DrawOf(const std::string& name, const std::string& shape,
                   int64_t first, int64_t count) {
  return absl::Substitute(
      "    $0 = self.$0 + torch.softplus(self.rho_$0) * "
      "noise[:, $1:$2].view([$3])\n",
      name, first, first + count, shape);
}

std::string Source(const TargetNetwork& target,
                   const torch::jit::Module& module) {
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  std::string source = "def generate(self, noise: Tensor) -> List[Tensor]:\n";
  std::string list;
  int64_t first = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    for (const char* kind : {"w", "b"}) {
      const std::string name = absl::StrCat(kind, i);
      const at::Tensor mean = module.attr(name).toTensor();
      std::vector<int64_t> shape = mean.sizes().vec();
      shape[0] = -1;
      absl::StrAppend(&source, DrawOf(name, absl::StrJoin(shape, ", "), first,
                                      mean.numel()));
      first += mean.numel();
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ",
                    AsWeights(slots[i], absl::StrCat("w", i)), ", b", i);
  }
  return absl::StrCat(source, "    return [", list, "]\n",
                      TargetNetworkSource(target));
}

// KL of N(mean, deviation^2) from N(0, prior^2), summed.
at::Tensor Divergence(const at::Tensor& mean, const at::Tensor& deviation,
                      double prior) {
  const at::Tensor ratio = deviation / prior;
  return ((mean / prior).square() + ratio.square() - 1 - 2 * ratio.log())
      .sum()
      .div(2);
}

double InverseSoftplus(double x) { return std::log(std::expm1(x)); }

}  // namespace

absl::StatusOr<DirectPosterior::Parts> MeanField(
    const TargetNetwork& target, const MeanFieldOptions& options) {
  HG_ASSIGN_OR_RETURN(const Operations operations, OperationsOf(target));
  const std::vector<ParameterSlot>& slots = operations.slots;
  const int64_t parameters = NumParameters(target);
  if (parameters > kMaxNoise) {
    return absl::InvalidArgumentError(absl::StrCat(
        "mean-field: expected a target network of at most ", kMaxNoise,
        " parameters, one noise number each, got ", parameters));
  }
  return TorchGuard(
      "building the mean-field posterior",
      [&]() -> absl::StatusOr<DirectPosterior::Parts> {
        DirectPosterior::Parts parts;
        parts.noise_size = parameters;
        parts.module = NewBaselineModule("MeanField", target);
        RegisterLayers(target, 1, options.seed, parts.module);
        std::vector<double> priors;
        for (size_t i = 0; i < slots.size(); ++i) {
          priors.push_back(options.prior_deviation *
                           InitialDeviation(slots[i]));
          for (const char* kind : {"w", "b"}) {
            const at::Tensor mean =
                parts.module.attr(absl::StrCat(kind, i)).toTensor();
            const at::Tensor rho = torch::full_like(
                mean.detach(),
                InverseSoftplus(kInitialDeviation * priors.back()));
            parts.module.register_parameter(absl::StrCat("rho_", kind, i), rho,
                                            /*is_buffer=*/false);
            rho.set_requires_grad(true);
          }
        }
        parts.module.define(Source(target, parts.module));
        parts.noise = [seed = options.noise_seed, parameters](
                          int64_t step, int64_t networks) {
          return StepNoise(seed, step, networks, parameters, c10::kCPU);
        };
        parts.warm_up_steps = options.warm_up_steps;
        const double weight =
            options.kl_weight / static_cast<double>(options.training_rows);
        parts.regulariser = [weight, priors](const torch::jit::Module& module,
                                             const Posterior::Sample&) {
          at::Tensor sum =
              torch::zeros({}, module.attr("w0").toTensor().device());
          for (size_t i = 0; i < priors.size(); ++i) {
            for (const char* kind : {"w", "b"}) {
              const std::string name = absl::StrCat(kind, i);
              sum = sum + Divergence(module.attr(name).toTensor(),
                                     torch::softplus(
                                         module.attr("rho_" + name).toTensor()),
                                     priors[i]);
            }
          }
          return weight * sum;
        };
        return parts;
      });
}

}  // namespace hypergan::trainer
