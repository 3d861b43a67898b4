#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace hypergan {

// One linear layer of the mixer or of a generator: y = W x + b, then, but for
// the last of each chain, BatchNorm over the sampled networks and ReLU.
// Standardising each unit over networks is what keeps them apart on their way
// through the chain. Only training uses the statistics of the networks at hand;
// a checkpoint uses the running ones, so that no network depends on the others
// sampled with it.
struct DenseLayer {
  // Parameters NAME_weight, NAME_bias; if hidden also NAME_scale, NAME_shift
  // and the buffers NAME_mean, NAME_variance.
  std::string name;
  int64_t inputs = 0;
  int64_t outputs = 0;
  bool hidden = true;  // followed by BatchNorm and ReLU
};

// Of the running statistics: a few networks a step make noisy estimates.
inline constexpr double kStatisticsMomentum = 0.02;

// Layers PREFIX_0, ... of the hidden sizes, then PREFIX_out.
std::vector<DenseLayer> DenseChain(absl::string_view prefix, int64_t inputs,
                                   const std::vector<int64_t>& hidden,
                                   int64_t outputs);

// Lines of TorchScript, h [N, inputs] to h [N, outputs]; before the last layer
// comes the line `before_last`, if any.
std::string DenseChainSource(const std::vector<DenseLayer>& layers,
                             absl::string_view before_last);

}  // namespace hypergan
