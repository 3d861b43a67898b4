#pragma once

#include <string>

#include "hypergan/target/target_network.h"

namespace hypergan {

// The target networks as TorchScript text, however their weights come about.
// With the text of HyperGanSource it is the only place where the networks'
// mathematics is written for LibTorch: the trainer trains a module defined from
// it, the checkpoint stores it, and the server runs it. N networks, B rows, K
// outputs. Weight sets are two tensors a slot, weights and biases: a
// convolution's weights are [N, outputs, channels, k, k], channels-last in
// memory; a linear layer after convolutions takes their output in the order
// (height, width, channel). The buffers are those of RegisterConstants
// (hypergan/target/module.h):
//   layout(inputs [B, ...])             normalised, and laid out for the first
//                                       operation of all networks
//   outputs(layout, weights) -> [N, B, K]
//   predict(inputs, weights) = outputs(layout(inputs), weights)
//   forward(inputs, noise) = predict(inputs, generate(noise)) -> [N, B, K]
// `generate` is the caller's to define. `target` must be valid (OperationsOf).
std::string TargetNetworkSource(const TargetNetwork& target);

}  // namespace hypergan
