#include "hypergan/target/architecture.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/slot_generator.h"

namespace hypergan {
namespace {

constexpr int64_t kMaxSize = 65536;
constexpr size_t kMaxHiddenLayers = 8;
constexpr int64_t kMaxStarts = 1000;

absl::Status CheckSize(absl::string_view what, int64_t size) {
  if (size >= 1 && size <= kMaxSize) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": expected 1..", kMaxSize, ", got ", size));
}

absl::Status CheckHidden(absl::string_view what,
                         const std::vector<int64_t>& hidden) {
  if (hidden.size() > kMaxHiddenLayers) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": expected at most ", kMaxHiddenLayers,
                     " hidden layers, got ", hidden.size()));
  }
  for (int64_t size : hidden) HG_RETURN_IF_ERROR(CheckSize(what, size));
  return absl::OkStatus();
}

}  // namespace

std::vector<DenseLayer> MixerLayers(const Architecture& architecture) {
  const GeneratorSizes& sizes = architecture.sizes;
  if (!sizes.mixer) return {};
  const auto layers = static_cast<int64_t>(architecture.target.layers.size());
  return DenseChain("mixer", sizes.code_noise(), sizes.mixer_hidden,
                    layers * sizes.code);
}

std::vector<DenseLayer> GeneratorLayers(const Architecture& architecture,
                                        size_t index) {
  const ParameterSlot slot = SlotsOf(architecture.target)[index];
  return GeneratorOf(slot.generator).Layers(architecture.sizes, slot);
}

absl::Status CheckArchitecture(const Architecture& architecture) {
  const GeneratorSizes& sizes = architecture.sizes;
  HG_RETURN_IF_ERROR(CheckSize("noise size", sizes.noise));
  HG_RETURN_IF_ERROR(CheckSize("code size", sizes.code));
  HG_RETURN_IF_ERROR(CheckHidden("mixer hidden size", sizes.mixer_hidden));
  HG_RETURN_IF_ERROR(
      CheckHidden("generator hidden size", sizes.generator_hidden));
  if (sizes.starts < 1 || sizes.starts > kMaxStarts) {
    return absl::InvalidArgumentError(absl::StrCat(
        "starts: expected 1..", kMaxStarts, ", got ", sizes.starts));
  }
  HG_RETURN_IF_ERROR(
      CheckSize("noise size beside a start's number", sizes.code_noise()));
  HG_RETURN_IF_ERROR(CheckTargetNetwork(architecture.target));
  const auto layers = static_cast<int64_t>(architecture.target.layers.size());
  if (!sizes.mixer && sizes.code_noise() != layers * sizes.code) {
    return absl::InvalidArgumentError(absl::StrCat(
        "noise size: expected ",
        layers * sizes.code + sizes.noise - sizes.code_noise(), ", ",
        sizes.code, " for each of ", layers, " layers without a mixer",
        sizes.starts > 1 ? " and one for the start" : "", ", got ",
        sizes.noise));
  }
  return absl::OkStatus();
}

}  // namespace hypergan
