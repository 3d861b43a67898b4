#include "trainer/methods/baselines/deep_ensemble.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "hypergan/target/target_source.h"
#include "hypergan/target/torchscript_source.h"
#include "trainer/methods/baselines/layer_parameters.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMaxMembers = 10'000;

std::string Source(const TargetNetwork& target) {
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  std::string source =
      absl::StrCat("def generate(self, noise: Tensor) -> List[Tensor]:\n",
                   "    member = ", MemberOfNoise(), "\n");
  std::string list;
  for (size_t i = 0; i < slots.size(); ++i) {
    absl::StrAppend(
        &list, i == 0 ? "" : ", ",
        AsWeights(slots[i],
                  absl::Substitute("self.w$0.index_select(0, member)", i)),
        absl::Substitute(", self.b$0.index_select(0, member)", i));
  }
  return absl::StrCat(source, "    return [", list, "]\n",
                      TargetNetworkSource(target));
}

}  // namespace

absl::StatusOr<DirectPosterior::Parts> DeepEnsemble(
    const TargetNetwork& target, const DeepEnsembleOptions& options) {
  HG_RETURN_IF_ERROR(CheckTargetNetwork(target));
  if (options.members < 1 || options.members > kMaxMembers) {
    return absl::InvalidArgumentError(
        absl::StrCat("members of a deep ensemble: expected 1..", kMaxMembers,
                     ", got ", options.members));
  }
  return TorchGuard(
      "building the deep ensemble",
      [&]() -> absl::StatusOr<DirectPosterior::Parts> {
        DirectPosterior::Parts parts;
        parts.noise_size = 1;
        parts.members = options.members;
        parts.module = NewBaselineModule("DeepEnsemble", target);
        RegisterLayers(target, options.members, options.seed, parts.module);
        parts.module.register_buffer(kMemberBounds,
                                     MemberBounds(options.members));
        parts.module.define(Source(target));
        // Each the middle of its share.
        parts.noise = [noise =
                           SpreadOverMembers(torch::zeros({options.members, 1}),
                                             options.members)](
                          int64_t, int64_t) { return noise; };
        if (options.weight_decay > 0) {
          // The loss is a mean over members, so this is too.
          const double weight =
              options.weight_decay / 2 / static_cast<double>(options.members);
          parts.regulariser = [weight](const torch::jit::Module& module,
                                       const Posterior::Sample&) {
            return weight * SquaredWeights(module);
          };
        }
        return parts;
      });
}

}  // namespace hypergan::trainer
