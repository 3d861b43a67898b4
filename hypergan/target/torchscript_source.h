#pragma once

#include <cstddef>
#include <string>

#include "hypergan/target/architecture.h"

namespace hypergan {

// The methods of a HyperGAN's checkpoint as TorchScript text: those of
// TargetNetworkSource (hypergan/target/target_source.h), and, of N networks and
// L slots,
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
