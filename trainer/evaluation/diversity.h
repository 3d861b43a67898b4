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

// Of the networks of `noise` [N, noise_size], at least two.
absl::StatusOr<Diversity> MeasureDiversity(const torch::jit::Module& module,
                                           const at::Tensor& noise,
                                           c10::Device device);

}  // namespace hypergan::trainer
