#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hypergan {

// All monotonic, so that max-pooling may come first (pooling four times fewer
// activations): activation(max(x)) == max(activation(x)).
enum class Activation { kNone, kRelu, kLeakyRelu, kElu };

// What every form of execution needs to know of an activation, in one table:
// x < 0 ? slope * x : x, or, if `exponential`, x < 0 ? exp(x) - 1 : x.
struct ActivationTraits {
  Activation activation = Activation::kNone;
  absl::string_view name;    // in a description
  absl::string_view script;  // TorchScript; $0 is what it is applied to
  double slope = 1;          // 1: none, 0: ReLU
  bool exponential = false;
  // What a layer before it multiplies its weights' variance by: rectifiers lose
  // half of the second moment (He et al. 2015).
  double gain = 1;
};

absl::Span<const ActivationTraits> Activations();
const ActivationTraits& TraitsOf(Activation activation);

}  // namespace hypergan
