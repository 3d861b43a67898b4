#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace hypergan::trainer {

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
// a side of the image. Works on the CPU: other devices' batches go there and
// back.
absl::StatusOr<at::Tensor> Augment(const at::Tensor& batch,
                                   const AugmentationOptions& options,
                                   uint64_t seed, uint64_t step);

}  // namespace hypergan::trainer
