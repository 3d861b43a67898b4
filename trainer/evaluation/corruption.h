#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "trainer/evaluation/corruption_kind.h"

namespace hypergan::trainer {

// `images` float32 [R, C, H, W] in [0, 1], changed and cut off at 0 and 1: a
// function of all arguments. Only kNoise depends on `seed`. INVALID_ARGUMENT
// for inputs that are no such images, and for a kJpeg outside 1..100 or another
// negative amount.
absl::StatusOr<at::Tensor> Corrupt(const at::Tensor& images, Corruption kind,
                                   double amount, uint64_t seed);

}  // namespace hypergan::trainer
