#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace hypergan {

// The noise of networks first .. first + count - 1 of the ensemble that `seed`
// names: float32 [count, size] on the CPU, standard normal. Row n depends on
// (seed, n) alone. The values are defined bit for bit in docs/noise.md:
// counter- based Philox4x32-10 (Salmon et al., SC 2011), key = seed, counter =
// (block, n), then Box-Muller in IEEE double arithmetic that uses only + - * /
// and sqrt, so that every machine, compiler and language can produce the same
// bits.
//
// With `members` above 1 the first number of a row only says which of so many
// members its network is of (Manifest::members). Networks 0 .. members - 1 are
// then of each member once, in an order that the seed decides, and so are the
// next `members` networks: an ensemble of that many has less variance from
// seed to seed than one of members drawn independently.
at::Tensor DrawNoise(uint64_t seed, int64_t first, int64_t count, int64_t size,
                     int64_t members = 1);

}  // namespace hypergan
