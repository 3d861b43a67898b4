#pragma once

#include <torch/script.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/architecture.h"

namespace hypergan {

// A HyperGAN as a TorchScript module with the methods of TorchScriptSource, its
// parameters named as in DenseLayer, drawn from `seed`. Generated weights start
// at the scale their layer needs (hyperfan-in; Chang, Flokas and Lipson, ICLR
// 2020): Var(w) = gain / fan_in with gain 2 before a rectifier and 1 otherwise,
// biases near 0, codes with variance 1. INVALID_ARGUMENT for an invalid
// architecture.
absl::StatusOr<torch::jit::Module> NewModule(const Architecture& architecture,
                                             uint64_t seed);

}  // namespace hypergan
