#include "trainer/methods/baselines/chain_samples.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "trainer/methods/baselines/deep_ensemble.h"
#include "trainer/methods/baselines/layer_parameters.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMostCopies = 10'000;

absl::Status CheckCount(const char* what, int64_t count) {
  if (count >= 1 && count <= kMostCopies) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      what, " of Markov chains: expected 1..", kMostCopies, ", got ", count));
}

}  // namespace

absl::StatusOr<ChainSamples> ChainSamples::New(const TargetNetwork& target,
                                               int64_t chains, int64_t samples,
                                               uint64_t seed,
                                               c10::Device device) {
  HG_RETURN_IF_ERROR(CheckCount("number", chains));
  HG_RETURN_IF_ERROR(CheckCount("samples", samples));
  // Every chain leaves as many.
  const int64_t per_chain = (samples + chains - 1) / chains;
  HG_ASSIGN_OR_RETURN(
      DirectPosterior::Parts kept,
      DeepEnsemble(target, {.members = per_chain * chains, .seed = seed}));
  for (const at::Tensor& copies : ModuleParameters(kept.module)) {
    copies.set_requires_grad(false);
  }
  kept.module.to(device);
  return ChainSamples(chains, per_chain, std::move(kept.module));
}

ChainSamples::ChainSamples(int64_t chains, int64_t per_chain,
                           torch::jit::Module module)
    : chains_(chains),
      per_chain_(per_chain),
      module_(std::move(module)),
      copies_(ModuleParameters(module_)) {}

void ChainSamples::Keep(int64_t sample,
                        const std::vector<at::Tensor>& weights) {
  torch::NoGradGuard no_grad;
  const int64_t place = sample % per_chain_;
  // No place may stay without a sample of late: networks are asked after each
  // epoch.
  const int64_t end = sample < per_chain_ ? per_chain_ : place + 1;
  for (size_t i = 0; i < weights.size(); ++i) {
    for (int64_t next = place; next < end; ++next) {
      copies_[i]
          .slice(0, next * chains_, (next + 1) * chains_)
          .copy_(weights[i]);
    }
  }
}

at::Tensor ChainSamples::Flat() const { return FlatCopies(copies_); }

}  // namespace hypergan::trainer
