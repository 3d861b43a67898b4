#pragma once

#include <string>

#include "hypergan/architecture.h"

namespace hypergan {

// The methods of a HyperGAN as TorchScript text: the only place where the
// networks' mathematics is written. The trainer trains a module defined from
// this text, the checkpoint stores it, and the server runs it. N networks, B
// rows, L layers, K outputs:
//   codes(noise [N, noise]) -> [N, L, code]         the mixer Q
//   weights(codes) -> list of [N, ...]              the generators, two tensors
//   a
//                                                   layer: weights, biases
//   generate(noise) -> weights(codes(noise))
//   layout(inputs [B, ...])                         normalised, and laid out
//   for the
//                                                   first layer of all networks
//   outputs(layout, weights) -> [N, B, K]           the target networks
//   predict(inputs, weights) = outputs(layout(inputs), weights)
//   forward(inputs, noise) -> [N, B, K]
// A convolution's weights are [N, outputs, channels, k, k], channels-last in
// memory; a linear layer after convolutions takes their output in the order
// (height, width, channel). `architecture` must be valid (CheckArchitecture).
std::string TorchScriptSource(const Architecture& architecture);

}  // namespace hypergan
