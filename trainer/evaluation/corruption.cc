#include "trainer/evaluation/corruption.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

at::Tensor Noisy(const at::Tensor& images, double deviation, uint64_t seed) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(
      StreamSeed(seed, Stream::kCorruption));
  return images + deviation * at::empty_like(images).normal_(0, 1, generator);
}

// Rows and columns one after the other; edges are mirrored.
at::Tensor Blurred(const at::Tensor& images, double deviation) {
  if (deviation == 0) return images;
  const int64_t side = std::min(images.size(2), images.size(3));
  const auto radius = std::min<int64_t>(
      side - 1, static_cast<int64_t>(std::ceil(3 * deviation)));
  const at::Tensor at_pixels = at::arange(-radius, radius + 1, at::kFloat);
  at::Tensor kernel = (-at_pixels.square() / (2 * deviation * deviation)).exp();
  kernel = kernel / kernel.sum();
  const int64_t channels = images.size(1);
  const at::Tensor rows =
      kernel.view({1, 1, 1, -1}).expand({channels, 1, 1, -1}).contiguous();
  const at::Tensor padded =
      at::reflection_pad2d(images, {radius, radius, radius, radius});
  const at::Tensor across =
      at::conv2d(padded, rows, {}, 1, at::IntArrayRef{0, 0}, 1, channels);
  return at::conv2d(across, rows.transpose(2, 3).contiguous(), {}, 1,
                    at::IntArrayRef{0, 0}, 1, channels);
}

at::Tensor Faded(const at::Tensor& images, double kept) {
  const at::Tensor mean = images.mean({1, 2, 3}, /*keepdim=*/true);
  return mean + kept * (images - mean);
}

// The table for luminance of the JPEG standard (ITU-T T.81, Annex K.1), by
// rows.
constexpr float kLuminance[64] = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

// Steps at a quality, as libjpeg scales the table.
at::Tensor JpegSteps(double quality) {
  const double scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  at::Tensor table = at::empty({8, 8}, at::kFloat);
  std::copy(std::begin(kLuminance), std::end(kLuminance),
            table.data_ptr<float>());
  return ((table * scale + 50) / 100).floor().clamp(1, 255);
}

// The orthonormal DCT-II of eight numbers: y = D x.
at::Tensor DctMatrix() {
  at::Tensor d = at::empty({8, 8}, at::kFloat);
  for (int k = 0; k < 8; ++k) {
    for (int n = 0; n < 8; ++n) {
      const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / 8);
      d.data_ptr<float>()[8 * k + n] = static_cast<float>(
          scale * std::cos(std::numbers::pi * (2 * n + 1) * k / 16));
    }
  }
  return d;
}

at::Tensor Compressed(const at::Tensor& images, double quality) {
  const int64_t height = images.size(2), width = images.size(3);
  const auto missing = [](int64_t side) { return (8 - side % 8) % 8; };
  const at::Tensor padded = at::replication_pad2d(
      images * 255 - 128, {0, missing(width), 0, missing(height)});
  const at::Tensor dct = DctMatrix();
  const at::Tensor steps = JpegSteps(quality);
  // [R, C, H / 8, W / 8, 8, 8]
  const at::Tensor blocks = padded.unfold(2, 8, 8).unfold(3, 8, 8);
  const at::Tensor rounded =
      (dct.matmul(blocks).matmul(dct.t()) / steps).round() * steps;
  const at::Tensor again = dct.t().matmul(rounded).matmul(dct);
  return ((again.permute({0, 1, 2, 4, 3, 5}).reshape(padded.sizes()) + 128) /
          255)
      .narrow(2, 0, height)
      .narrow(3, 0, width);
}

at::Tensor Rotated(const at::Tensor& images, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const auto c = static_cast<float>(std::cos(angle));
  const auto s = static_cast<float>(std::sin(angle));
  const at::Tensor turn = at::tensor({c, -s, 0.0F, s, c, 0.0F})
                              .view({1, 2, 3})
                              .expand({images.size(0), 2, 3})
                              .contiguous();
  const at::Tensor grid =
      at::affine_grid_generator(turn, images.sizes(), /*align_corners=*/false);
  constexpr int64_t kBilinear = 0, kZeros = 0;
  return at::grid_sampler(images, grid, kBilinear, kZeros,
                          /*align_corners=*/false);
}

at::Tensor Changed(const at::Tensor& images, Corruption kind, double amount,
                   uint64_t seed) {
  switch (kind) {
    case Corruption::kNoise:
      return Noisy(images, amount, seed);
    case Corruption::kBlur:
      return Blurred(images, amount);
    case Corruption::kContrast:
      return Faded(images, amount);
    case Corruption::kBrightness:
      return images + amount;
    case Corruption::kJpeg:
      return Compressed(images, amount);
    case Corruption::kRotation:
      return Rotated(images, amount);
  }
  return images;
}

absl::Status Check(const at::Tensor& images, Corruption kind, double amount) {
  if (images.dim() != 4 || images.scalar_type() != at::kFloat ||
      images.numel() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        CorruptionName(kind),
        ": expected images, float32 [rows, channels, height, width], got [",
        absl::StrJoin(images.sizes(), ", "), "]"));
  }
  const bool is_jpeg = kind == Corruption::kJpeg;
  if (is_jpeg ? amount >= 1 && amount <= 100 : amount >= 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(CorruptionName(kind), ": expected an amount ",
                   is_jpeg ? "in 1..100" : "of at least 0", ", got ", amount));
}

}  // namespace

absl::StatusOr<at::Tensor> Corrupt(const at::Tensor& images, Corruption kind,
                                   double amount, uint64_t seed) {
  return TorchGuard("corruption", [&]() -> absl::StatusOr<at::Tensor> {
    if (absl::Status status = Check(images, kind, amount); !status.ok()) {
      return status;
    }
    at::NoGradGuard no_grad;
    return Changed(images, kind, amount, seed).clamp(0, 1);
  });
}

}  // namespace hypergan::trainer
