#include "hypergan/target/activation.h"

#include <array>

namespace hypergan {
namespace {

// In the order of the enumeration.
constexpr std::array<ActivationTraits, 4> kActivations = {{
    {.activation = Activation::kNone, .name = "none", .script = "$0"},
    {.activation = Activation::kRelu,
     .name = "relu",
     .script = "torch.relu($0)",
     .slope = 0,
     .gain = 2},
    {.activation = Activation::kLeakyRelu,
     .name = "leaky_relu",
     .script = "torch.leaky_relu($0, 0.01)",
     .slope = 0.01,
     .gain = 2},
    {.activation = Activation::kElu,
     .name = "elu",
     .script = "torch.elu($0)",
     .exponential = true,
     .gain = 2},
}};

constexpr bool IsInOrder() {
  for (size_t i = 0; i < kActivations.size(); ++i) {
    if (kActivations[i].activation != static_cast<Activation>(i)) return false;
  }
  return true;
}
static_assert(IsInOrder());

}  // namespace

absl::Span<const ActivationTraits> Activations() { return kActivations; }

const ActivationTraits& TraitsOf(Activation activation) {
  return kActivations[static_cast<size_t>(activation)];
}

}  // namespace hypergan
