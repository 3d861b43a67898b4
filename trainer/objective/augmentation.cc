#include "trainer/objective/augmentation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

// One channel, [height, width]; `to` is zeros.
void MovePlane(const float* from, float* to, int64_t height, int64_t width,
               int64_t down, int64_t right, bool mirrored) {
  const int64_t first = std::max<int64_t>(0, -right);
  const int64_t last = std::min(width, width - right);
  for (int64_t y = std::max<int64_t>(0, -down);
       y < std::min(height, height - down); ++y) {
    const float* source = from + (y + down) * width + right;
    float* target = to + y * width;
    if (mirrored) {
      std::reverse_copy(source + first, source + last, target + width - last);
    } else {
      std::copy(source + first, source + last, target + first);
    }
  }
}

at::Tensor CopyMoved(const at::Tensor& batch, const at::Tensor& moves) {
  const at::Tensor from = batch.contiguous();
  at::Tensor to = at::zeros_like(from);
  const int64_t rows = from.size(0);
  const int64_t height = from.size(2);
  const int64_t width = from.size(3);
  const float* source = from.const_data_ptr<float>();
  auto* target = to.mutable_data_ptr<float>();
  const auto* move = moves.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t channel = 0; channel < from.size(1); ++channel) {
      MovePlane(source, target, height, width, move[row], move[rows + row],
                move[2 * rows + row] == 1);
      source += height * width;
      target += height * width;
    }
  }
  return to;
}

absl::Status Check(const at::Tensor& batch,
                   const AugmentationOptions& options) {
  if (batch.dim() != 4 || batch.scalar_type() != at::kFloat) {
    return absl::InvalidArgumentError(absl::StrCat(
        "augmentation: expected images, float32 [B, C, H, W], got ",
        at::toString(batch.scalar_type()), " [",
        absl::StrJoin(batch.sizes(), ", "), "]"));
  }
  const int64_t most = std::min(batch.size(2), batch.size(3));
  if (options.shift >= 0 && options.shift <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("augmentation: expected a shift of 0 to ", most,
                   " pixels, got ", options.shift));
}

}  // namespace

absl::StatusOr<at::Tensor> Augment(const at::Tensor& batch,
                                   const AugmentationOptions& options,
                                   uint64_t seed, uint64_t step) {
  const absl::Status status = Check(batch, options);
  if (!status.ok()) return status;
  return TorchGuard("augmentation", [&]() -> absl::StatusOr<at::Tensor> {
    const at::Tensor moves = DrawMoves(batch.size(0), options, seed, step);
    if (batch.is_cpu()) return CopyMoved(batch.detach(), moves);
    return MoveImages(batch.detach(), moves.to(batch.device()));
  });
}

at::Tensor DrawMoves(int64_t rows, const AugmentationOptions& options,
                     uint64_t seed, uint64_t step) {
  at::Tensor moves = at::empty({3, rows}, at::kLong);
  auto* move = moves.mutable_data_ptr<int64_t>();
  at::Philox4_32 philox(StreamSeed(seed, Stream::kAugmentation), step, 0);
  // Always three numbers an image, whatever the options use of them.
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t direction = 0; direction < 2; ++direction) {
      move[direction * rows + row] =
          UniformBelow(philox, 2 * options.shift + 1) - options.shift;
    }
    const bool mirrored = UniformBelow(philox, 2) == 1 && options.flip;
    move[2 * rows + row] = mirrored ? 1 : 0;
  }
  return moves;
}

at::Tensor MoveImages(const at::Tensor& batch, const at::Tensor& moves) {
  const int64_t height = batch.size(2);
  const int64_t width = batch.size(3);
  const auto range = [&](int64_t size) {
    return at::arange(size, moves.options()).unsqueeze(0);
  };
  const at::Tensor y = range(height) + moves[0].unsqueeze(1);  // [B, H]
  const at::Tensor mirrored = moves[2].unsqueeze(1) == 1;
  const at::Tensor x =  // [B, W]
      at::where(mirrored, width - 1 - range(width), range(width)) +
      moves[1].unsqueeze(1);
  const at::Tensor is_inside =  // [B, 1, H, W]
      (((y >= 0) & (y < height)).unsqueeze(2) &
       ((x >= 0) & (x < width)).unsqueeze(1))
          .unsqueeze(1);
  const at::Tensor pixel = y.clamp(0, height - 1).unsqueeze(2) * width +
                           x.clamp(0, width - 1).unsqueeze(1);  // [B, H, W]
  return batch.flatten(2)
      .gather(2, pixel.flatten(1).unsqueeze(1).expand({-1, batch.size(1), -1}))
      .view_as(batch)
      .masked_fill(~is_inside, 0);
}

}  // namespace hypergan::trainer
