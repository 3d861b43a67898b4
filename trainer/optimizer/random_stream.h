#pragma once

#include <ATen/core/PhiloxRNGEngine.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace hypergan::trainer {

// What random numbers are drawn for. Each use has a stream of its own, and
// within it numbers are a function of (seed, index): nothing has to be saved
// for a run to be resumed exactly, and one use never shifts another's numbers.
enum class Stream : uint64_t {
  kSplit = 1,
  kOrder = 2,
  kTrainingNoise = 3,
  kPrior = 4,
  kEvaluationNoise = 5,
  kInitialWeights = 6,
  kDiscriminator = 7,
  kAugmentation = 8,
  kSyntheticOutliers = 9,
  kAttack = 10,
  kDistillation = 11,
  kDistillationNoise = 12,
  kCorruption = 13,
};

// The seed of one stream (SplitMix64 of both; Steele, Lea and Flood 2014).
uint64_t StreamSeed(uint64_t seed, Stream stream);

// Uniform in 0 .. count - 1, from one number of `philox`.
int64_t UniformBelow(at::Philox4_32& philox, int64_t count);

// A permutation of 0 .. size - 1, int64 [size]: a function of (seed, index).
at::Tensor Permutation(uint64_t stream_seed, uint64_t index, int64_t size);

}  // namespace hypergan::trainer
