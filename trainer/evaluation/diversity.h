#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace hypergan::trainer {

// How far sampled networks lie apart.
struct Diversity {
  // The deviation over networks of the L2 norm of their weights, relative to
  // its mean (the paper's Fig. 7).
  double all = 0;              // over all weights and biases of a network
  std::vector<double> layers;  // per layer
  // The distance, in weight space, from a network to the nearest other, over
  // the mean distance of two; the mean over at most 100 networks. Near 1 where
  // each lies in a direction of its own, 0 where some are the same.
  double nearest = 0;
};

// Of `networks` networks drawn from `seed`; needs at least two.
absl::StatusOr<Diversity> MeasureDiversity(const torch::jit::Module& module,
                                           int64_t noise_size, int64_t networks,
                                           uint64_t seed, c10::Device device);

}  // namespace hypergan::trainer
