#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace hypergan::trainer {

// The most that AugmentationOptions::shift may be, in pixels.
inline constexpr int64_t kMostShift = 64;

struct AugmentationOptions {
  // The most pixels that an image is moved by, up, down, left or right, each
  // distance being as likely; what moves in is 0. (A random crop of the image
  // padded by so many.)
  int64_t shift = 0;
  // Mirror half of the images, left to right?
  bool flip = false;
};

// A copy of `batch`, float32 [B, C, H, W], each image moved and mirrored by
// itself: a function of (seed, step) alone, drawn from Stream::kAugmentation,
// where an image's shift does not depend on `flip` nor the other way. To be
// called with pixels before they are normalised, so that 0 is black.
// INVALID_ARGUMENT for other shapes and types and for a shift below 0 or beyond
// a side of the image.
absl::StatusOr<at::Tensor> Augment(const at::Tensor& batch,
                                   const AugmentationOptions& options,
                                   uint64_t seed, uint64_t step);

// Its parts: where the pixels of each image come from, int64 [3, B] on the CPU,
// down, right, mirrored (1) or not (0), where [y][x] comes from
// [y + down][x + right], x mirrored first;
at::Tensor DrawMoves(int64_t rows, const AugmentationOptions& options,
                     uint64_t seed, uint64_t step);
// and `batch` so moved by LibTorch's operators, both on any one device. On the
// CPU Augment copies spans instead, which takes a quarter of the time.
at::Tensor MoveImages(const at::Tensor& batch, const at::Tensor& moves);

}  // namespace hypergan::trainer
