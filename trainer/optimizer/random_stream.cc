#include "trainer/optimizer/random_stream.h"

#include <ATen/ops/arange.h>

#include <utility>

namespace hypergan::trainer {

uint64_t StreamSeed(uint64_t seed, Stream stream) {
  uint64_t z = seed + static_cast<uint64_t>(stream) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

int64_t UniformBelow(at::Philox4_32& philox, int64_t count) {
  // The bias of the multiplication is below count / 2^32.
  const uint64_t word = philox();
  return static_cast<int64_t>((word * static_cast<uint64_t>(count)) >> 32);
}

at::Tensor Permutation(uint64_t stream_seed, uint64_t index, int64_t size) {
  at::Tensor permutation = at::arange(size, at::kLong);
  auto* values = permutation.data_ptr<int64_t>();
  at::Philox4_32 philox(stream_seed, index, 0);
  // Fisher and Yates.
  for (int64_t i = size - 1; i > 0; --i) {
    std::swap(values[i], values[UniformBelow(philox, i + 1)]);
  }
  return permutation;
}

}  // namespace hypergan::trainer
