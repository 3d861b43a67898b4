#include "trainer/stand_ins.h"

#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/torch_guard.h"
#include "trainer/random_stream.h"

namespace hypergan::trainer {
namespace {

constexpr std::array<std::pair<StandIn, absl::string_view>, 6> kNames = {
    {{StandIn::kNoise, "noise"},
     {StandIn::kPatches, "patches"},
     {StandIn::kBlend, "blend"},
     {StandIn::kRotations, "rotations"},
     {StandIn::kInvert, "invert"},
     {StandIn::kMixed, "mixed"}}};
// Those that kMixed shares the rows out among.
constexpr int64_t kPureKinds = 5;
// Patches along a side.
constexpr int64_t kGrid = 4;
constexpr float kStretch = 1.5f;

// A random order of 0 .. count - 1 (Fisher and Yates).
std::vector<int64_t> Shuffled(at::Philox4_32& philox, int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[i], order[UniformBelow(philox, i + 1)]);
  }
  return order;
}

struct Images {
  explicit Images(const at::Tensor& batch)
      : pixels(batch.const_data_ptr<float>()),
        rows(batch.size(0)),
        channels(batch.size(1)),
        height(batch.size(2)),
        width(batch.size(3)) {}

  int64_t size() const { return channels * height * width; }
  const float* row(int64_t index) const { return pixels + index * size(); }

  const float* pixels;  // [rows, channels, height, width]
  int64_t rows, channels, height, width;
};

// Each of these makes row `row` into `out`, [channels, height, width].
void Noise(const Images& images, at::Philox4_32& philox, float* out) {
  int64_t i = 0;
  while (i < images.size()) {
    // A level, 8 bits, for each byte of a word.
    uint32_t word = philox();
    for (int byte = 0; byte < 4 && i < images.size(); ++byte, ++i) {
      out[i] = static_cast<float>(word & 255u) / 255.0f;
      word >>= 8;
    }
  }
}

void Patches(const Images& images, int64_t row, at::Philox4_32& philox,
             float* out) {
  const int64_t side = images.height / kGrid;
  const int64_t across = images.width / side;
  const std::vector<int64_t> order =
      Shuffled(philox, images.height / side * across);
  const float* from = images.row(row);
  for (int64_t line = 0; line < images.channels * images.height; ++line) {
    const int64_t channel = line / images.height;
    const int64_t y = line % images.height;
    for (int64_t column = 0; column < across; ++column) {
      const int64_t patch = order[y / side * across + column];
      const int64_t source =
          channel * images.height + patch / across * side + y % side;
      const float* begin = from + source * images.width + patch % across * side;
      std::copy(begin, begin + side, out + line * images.width + column * side);
    }
  }
}

void Blend(const Images& images, int64_t row, at::Philox4_32& philox,
           float* out) {
  // Steps to two rows that are neither this one nor each other.
  const int64_t first = 1 + UniformBelow(philox, images.rows - 1);
  int64_t second = 1 + UniformBelow(philox, images.rows - 2);
  if (second >= first) ++second;
  const float* a = images.row((row + first) % images.rows);
  const float* b = images.row((row + second) % images.rows);
  for (int64_t i = 0; i < images.size(); ++i) out[i] = 0.5f * (a[i] + b[i]);
}

void Rotate(const Images& images, int64_t row, at::Philox4_32& philox,
            float* out) {
  const int64_t quarters = 1 + UniformBelow(philox, 3);
  const int64_t side = images.height;
  // out[y][x] = in[origin + y * down + x * right], against the clock.
  const int64_t last = side - 1;
  const int64_t origin =
      std::array{last, side * side - 1, last * side}[quarters - 1];
  const int64_t down = std::array<int64_t, 3>{-1, -side, 1}[quarters - 1];
  const int64_t right = std::array<int64_t, 3>{side, -1, -side}[quarters - 1];
  const float* from = images.row(row) + origin;
  for (int64_t channel = 0; channel < images.channels; ++channel) {
    for (int64_t y = 0; y < side; ++y) {
      const float* source = from + y * down;
      for (int64_t x = 0; x < side; ++x) *out++ = source[x * right];
    }
    from += side * side;
  }
}

void Invert(const Images& images, int64_t row, float* out) {
  const float* from = images.row(row);
  for (int64_t i = 0; i < images.size(); ++i) out[i] = 1.0f - from[i];
}

void MakeRow(const Images& images, int64_t row, StandIn kind,
             at::Philox4_32& philox, float* out) {
  switch (kind) {
    case StandIn::kNoise:
      return Noise(images, philox, out);
    case StandIn::kPatches:
      return Patches(images, row, philox, out);
    case StandIn::kBlend:
      return Blend(images, row, philox, out);
    case StandIn::kRotations:
      return Rotate(images, row, philox, out);
    default:
      return Invert(images, row, out);
  }
}

absl::Status Refuse(const at::Tensor& batch, StandIn kind,
                    absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("stand-ins '", StandInName(kind), "': expected ", expected,
                   ", got ", at::toString(batch.scalar_type()), " [",
                   absl::StrJoin(batch.sizes(), ", "), "]"));
}

absl::Status Check(const at::Tensor& batch, StandIn kind) {
  if (batch.scalar_type() != at::kFloat || batch.numel() == 0) {
    return Refuse(batch, kind, "float32 rows");
  }
  if (batch.dim() == 2 && kind == StandIn::kNoise) return absl::OkStatus();
  if (batch.dim() != 4) return Refuse(batch, kind, "images [B, C, H, W]");
  const int64_t height = batch.size(2);
  const int64_t width = batch.size(3);
  const auto needs = [kind](StandIn one) {
    return kind == one || kind == StandIn::kMixed;
  };
  if (needs(StandIn::kPatches) && (height < kGrid || height % kGrid != 0 ||
                                   width % (height / kGrid) != 0)) {
    return Refuse(batch, kind, "sides that patches of H/4 pixels fill");
  }
  if (needs(StandIn::kRotations) && height != width) {
    return Refuse(batch, kind, "square images");
  }
  if (needs(StandIn::kBlend) && batch.size(0) < 3) {
    return Refuse(batch, kind, "at least 3 rows");
  }
  return absl::OkStatus();
}

void MakeImages(const at::Tensor& from, StandIn kind, at::Philox4_32& philox,
                at::Tensor& to) {
  const Images images(from);
  std::vector<StandIn> kinds(images.rows, kind);
  if (kind == StandIn::kMixed) {
    const std::vector<int64_t> order = Shuffled(philox, images.rows);
    for (int64_t i = 0; i < images.rows; ++i) {
      kinds[order[i]] = kNames[i % kPureKinds].first;
    }
  }
  auto* out = to.mutable_data_ptr<float>();
  for (int64_t row = 0; row < images.rows; ++row) {
    MakeRow(images, row, kinds[row], philox, out + row * images.size());
  }
}

void MakeVectors(const at::Tensor& from, at::Philox4_32& philox,
                 at::Tensor& to) {
  const float* in = from.const_data_ptr<float>();
  auto* out = to.mutable_data_ptr<float>();
  const int64_t rows = from.size(0);
  const int64_t features = from.size(1);
  std::vector<float> least(in, in + features), most(in, in + features);
  for (int64_t i = 0; i < rows * features; ++i) {
    least[i % features] = std::min(least[i % features], in[i]);
    most[i % features] = std::max(most[i % features], in[i]);
  }
  for (int64_t i = 0; i < rows * features; ++i) {
    const float low = least[i % features];
    const float high = most[i % features];
    // Uniform in [-1, 1): 24 bits, as many as a float32 holds.
    const float unit = static_cast<float>(philox() >> 8) * 0x1p-23f - 1.0f;
    out[i] = 0.5f * (low + high) + 0.5f * kStretch * (high - low) * unit;
  }
}

}  // namespace

absl::StatusOr<StandIn> ParseStandIn(absl::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (name == known) return kind;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "stand-ins: expected noise, patches, blend, rotations, invert or mixed, "
      "got '",
      name, "'"));
}

std::string StandInName(StandIn kind) {
  return std::string(kNames[static_cast<size_t>(kind)].second);
}

absl::StatusOr<at::Tensor> MakeStandIns(const at::Tensor& batch, StandIn kind,
                                        uint64_t seed, uint64_t step) {
  const absl::Status status = Check(batch, kind);
  if (!status.ok()) return status;
  return TorchGuard("stand-ins", [&]() -> absl::StatusOr<at::Tensor> {
    const at::Tensor from = batch.detach().to(at::kCPU).contiguous();
    at::Tensor to = at::empty_like(from);
    at::Philox4_32 philox(StreamSeed(seed, Stream::kStandIns), step, 0);
    if (from.dim() == 2) {
      MakeVectors(from, philox, to);
    } else {
      MakeImages(from, kind, philox, to);
    }
    return to.to(batch.device());
  });
}

}  // namespace hypergan::trainer
