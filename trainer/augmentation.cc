#include "trainer/augmentation.h"

#include <ATen/ops/zeros_like.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/torch_guard.h"
#include "trainer/random_stream.h"

namespace hypergan::trainer {
namespace {

// Where an image's pixels come from: [y][x] from [y + down][x + right], x
// mirrored first.
struct Move {
  int64_t down = 0;
  int64_t right = 0;
  bool mirrored = false;
};

// Always three numbers, whatever the options use of them.
Move DrawMove(at::Philox4_32& philox, const AugmentationOptions& options) {
  Move move;
  move.down = UniformBelow(philox, 2 * options.shift + 1) - options.shift;
  move.right = UniformBelow(philox, 2 * options.shift + 1) - options.shift;
  move.mirrored = UniformBelow(philox, 2) == 1 && options.flip;
  return move;
}

// One channel, [height, width]; `to` is zeros.
void MovePlane(const float* from, float* to, int64_t height, int64_t width,
               const Move& move) {
  const int64_t first = std::max<int64_t>(0, -move.right);
  const int64_t last = std::min(width, width - move.right);
  for (int64_t y = std::max<int64_t>(0, -move.down);
       y < std::min(height, height - move.down); ++y) {
    const float* source = from + (y + move.down) * width + move.right;
    float* target = to + y * width;
    if (move.mirrored) {
      std::reverse_copy(source + first, source + last, target + width - last);
    } else {
      std::copy(source + first, source + last, target + first);
    }
  }
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
    const at::Tensor from = batch.detach().to(at::kCPU).contiguous();
    at::Tensor to = at::zeros_like(from);
    const int64_t height = from.size(2);
    const int64_t width = from.size(3);
    const float* source = from.const_data_ptr<float>();
    auto* target = to.mutable_data_ptr<float>();
    at::Philox4_32 philox(StreamSeed(seed, Stream::kAugmentation), step, 0);
    for (int64_t row = 0; row < from.size(0); ++row) {
      const Move move = DrawMove(philox, options);
      for (int64_t channel = 0; channel < from.size(1); ++channel) {
        MovePlane(source, target, height, width, move);
        source += height * width;
        target += height * width;
      }
    }
    return to.to(batch.device());
  });
}

}  // namespace hypergan::trainer
