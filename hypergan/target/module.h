#pragma once

#include <torch/script.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "hypergan/target/architecture.h"
#include "hypergan/target/operations.h"

namespace hypergan {

// A HyperGAN as a TorchScript module with the methods of HyperGanSource, its
// parameters named as in DenseLayer, drawn from `seed`. Generated weights start
// at the scale their layer needs (hyperfan-in; Chang, Flokas and Lipson, ICLR
// 2020), with the deviations below, codes with variance 1. Of the generated
// weights' variance all networks share `shared_start` (0 to 1), in the biases
// of the generators' last layers, or those of one start do, if there are
// several; without it, as in the paper, they share a third (1 / pi), because
// hidden units have a mean. INVALID_ARGUMENT for an invalid architecture or
// share.
absl::StatusOr<torch::jit::Module> NewModule(const Architecture& architecture,
                                             uint64_t seed,
                                             double shared_start = 0);

// The deviation that a slot's weights start with: the root of gain / fan_in,
// gain 2 before a rectifier (He et al. 2015) and 1 otherwise.
double InitialDeviation(const ParameterSlot& slot);

// Biases get a little of the weights' spread, so that they too differ.
inline constexpr double kInitialBiasShare = 0.1;

// Where the first number of a network's noise, a normal one, passes from one of
// `members` equal shares to the next: float32 [members - 1], ascending.
// Comparisons are the same on every device; the distribution function is not.
at::Tensor MemberBounds(int64_t members);

// The buffers that TargetNetworkSource reads: input_mean, input_deviation,
// output_mean, output_deviation.
void RegisterConstants(const TargetNetwork& target, torch::jit::Module& module);

}  // namespace hypergan
