#include "trainer/methods/baselines/mc_dropout.h"

#include <cmath>
#include <numbers>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/target_source.h"
#include "trainer/methods/baselines/layer_parameters.h"

namespace hypergan::trainer {
namespace {

int64_t NoiseSize(const std::vector<ParameterSlot>& slots) {
  int64_t size = 0;
  for (size_t i = 1; i < slots.size(); ++i) size += slots[i].Inputs();
  return size;
}

// Standard normal noise is above the rate's quantile with probability
// 1 - rate; comparing its distribution function needs no quantile.
std::string Source(const TargetNetwork& target, double rate) {
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  std::string source = absl::StrFormat(
      "def generate(self, noise: Tensor) -> List[Tensor]:\n"
      "    kept = ((0.5 + 0.5 * torch.erf(noise * %.17g)) >= %.17g)"
      ".to(noise.dtype) * %.17g\n"
      "    w0 = self.w0.repeat([noise.size(0)] + [1] * (self.w0.dim() - 1))\n",
      1 / std::numbers::sqrt2, rate, 1 / (1 - rate));
  int64_t first = 0;
  std::string list;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i > 0) {
      const bool is_linear = !slots[i].IsConvolution();
      absl::StrAppend(
          &source, absl::Substitute(
                       "    w$0 = self.w$0 * kept[:, $1:$2].view([$3, $4])\n",
                       i, first, first + slots[i].Inputs(),
                       is_linear ? "-1, 1" : "-1, 1, 1, 1", slots[i].Inputs()));
      first += slots[i].Inputs();
    }
    absl::StrAppend(&list, i == 0 ? "" : ", ",
                    AsWeights(slots[i], absl::StrCat("w", i)), ", self.b", i,
                    ".repeat([noise.size(0), 1])");
  }
  return absl::StrCat(source, "    return [", list, "]\n",
                      TargetNetworkSource(target));
}

}  // namespace

absl::StatusOr<DirectPosterior::Parts> McDropout(
    const TargetNetwork& target, const McDropoutOptions& options) {
  HG_ASSIGN_OR_RETURN(const Operations operations, OperationsOf(target));
  const std::vector<ParameterSlot>& slots = operations.slots;
  if (!(options.rate >= 0 && options.rate < 1)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "dropout rate: expected 0 or more and below 1, got ", options.rate));
  }
  if (slots.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "MC Dropout: expected a target network with a hidden layer, '",
        target.name, "' has none"));
  }
  return TorchGuard(
      "building the dropout network",
      [&]() -> absl::StatusOr<DirectPosterior::Parts> {
        DirectPosterior::Parts parts;
        parts.noise_size = NoiseSize(slots);
        parts.module = NewBaselineModule("McDropout", target);
        RegisterLayers(target, 1, options.seed, parts.module);
        parts.module.define(Source(target, options.rate));
        parts.noise = [seed = options.noise_seed, size = parts.noise_size](
                          int64_t step, int64_t networks) {
          return StepNoise(seed, step, networks, size, c10::kCPU);
        };
        if (options.weight_decay > 0) {
          parts.regulariser = [weight = options.weight_decay / 2](
                                  const torch::jit::Module& module,
                                  const Posterior::Sample&) {
            return weight * SquaredWeights(module);
          };
        }
        return parts;
      });
}

}  // namespace hypergan::trainer
