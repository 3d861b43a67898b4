#pragma once

#include <cstddef>
#include <string>

#include "hypergan/target/architecture.h"

namespace hypergan {

// The methods of a checkpoint as TorchScript text: the only place where the
// networks' mathematics is written. The trainer trains a module defined from
// this text, the checkpoint stores it, and the server runs it. N networks, B
// rows, L layers, K outputs. Weight sets are two tensors a layer, weights and
// biases: a convolution's weights are [N, outputs, channels, k, k],
// channels-last in memory; a linear layer after convolutions takes their output
// in the order (height, width, channel).

// The target networks, however their weights come about; the buffers are those
// of RegisterConstants (hypergan/target/module.h):
//   layout(inputs [B, ...])             normalised, and laid out for the first
//                                       layer of all networks
//   outputs(layout, weights) -> [N, B, K]
//   predict(inputs, weights) = outputs(layout(inputs), weights)
//   forward(inputs, noise) = predict(inputs, generate(noise)) -> [N, B, K]
// `generate` is the caller's to define. `target` must be valid (LayerShapes).
std::string TargetNetworkSource(const TargetNetwork& target);

// A HyperGAN: those, and
//   codes(noise [N, noise]) -> [N, L, code]      the mixer Q
//   weights(codes, noise [N, noise]) -> list of [N, ...]
//       the generators; the first N codes alone, those of `noise`, go through
//       their last layers, which is where the work is. BatchNorm in training
//       sees all. The first number of the noise picks a network's start, if
//       there are several, and codes do not depend on it then.
//   starts(noise) -> list of [N, ...]            those starts alone
//   generate(noise) = weights(codes(noise), noise)
// `architecture` must be valid (CheckArchitecture).
std::string HyperGanSource(const Architecture& architecture);

// The buffer that MemberOfNoise reads.
inline constexpr char kMemberBounds[] = "member_bounds";

// The parameter that holds the starts of layer `layer`'s generator, if there
// are several.
std::string StartsName(size_t layer);

// An expression for which member each row of `noise` [N, noise] picks, int64
// [N], by a buffer of that name with MemberBounds (hypergan/target/module.h).
std::string MemberOfNoise();

}  // namespace hypergan
