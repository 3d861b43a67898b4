#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hypergan::trainer {

// Rows that stand in for the outside, made from training rows: networks are
// kept apart on them, so that training sees nothing of what is really outside.
enum class SyntheticOutlier {
  kNoise,      // "noise": every pixel uniform in the levels 0, 1/255 .. 1
  kPatches,    // "patches": the image's grid of patches, of H/4 pixels a side,
               // in random order
  kBlend,      // "blend": the mean of two other rows of the batch
  kRotations,  // "rotations": turned by 90, 180 or 270 degrees
  kInvert,     // "invert": 1 - x
  kBlobs,  // "blobs": each channel a smooth random surface through nodes H/4
           // pixels apart, cut at a random height: large shapes of ink
};

// Kinds by their names, separated by commas. INVALID_ARGUMENT, listing the
// names, for another, and for none or one kind twice.
absl::StatusOr<std::vector<SyntheticOutlier>> ParseSyntheticOutliers(
    absl::string_view names);
std::string SyntheticOutlierNames(const std::vector<SyntheticOutlier>& kinds);

// A synthetic outlier for each row of `batch`, float32, in the batch's shape: a
// function of (batch, kinds, seed, step), drawn from
// Stream::kSyntheticOutliers. Several kinds (at least one) have as many rows
// each, at random. Rows are
//
//   [B, C, H, W]  images in [0, 1], of any kind
//   [B, F]        numbers; kNoise alone: each feature uniform in the range that
//                 it has in the batch, stretched to 1.5 times about its middle
//
// INVALID_ARGUMENT where rows do not fit a kind: sides that patches of H/4 do
// not fill, blobs of less than four pixels, rotations of images that are not
// square, a blend of fewer than three rows. Works on the CPU: other devices'
// batches go there and back.
absl::StatusOr<at::Tensor> MakeSyntheticOutliers(
    const at::Tensor& batch, const std::vector<SyntheticOutlier>& kinds,
    uint64_t seed, uint64_t step);

}  // namespace hypergan::trainer
