#include "trainer/objective/synthetic_outliers.h"

#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

constexpr std::array<std::pair<SyntheticOutlier, absl::string_view>, 6>
    kOutlierNames = {{{SyntheticOutlier::kNoise, "noise"},
                      {SyntheticOutlier::kPatches, "patches"},
                      {SyntheticOutlier::kBlend, "blend"},
                      {SyntheticOutlier::kRotations, "rotations"},
                      {SyntheticOutlier::kInvert, "invert"},
                      {SyntheticOutlier::kBlobs, "blobs"}}};
// Patches along a side, and cells of the blobs' surface.
constexpr int64_t kGrid = 4;
constexpr float kStretch = 1.5f;
// A blob's edge goes from ink to none where the surface, in [0, 1], falls by
// this.
constexpr float kEdge = 0.2f;

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

// Uniform in [0, 1): 24 bits, as many as a float32 holds.
float Unit(at::Philox4_32& philox) {
  return static_cast<float>(philox() >> 8) * 0x1p-24f;
}

// The surface is bilinear in smoothed coordinates, so without creases.
void Blobs(const Images& images, at::Philox4_32& philox, float* out) {
  const int64_t side = images.height / kGrid;
  const int64_t across = (images.width - 1) / side + 2;  // nodes in a line
  const int64_t lines = (images.height - 1) / side + 2;
  const auto smooth = [](float x) { return x * x * (3 - 2 * x); };
  std::vector<float> nodes(lines * across);
  for (int64_t channel = 0; channel < images.channels; ++channel) {
    for (float& node : nodes) node = Unit(philox);
    const float height = 0.35f + 0.3f * Unit(philox);
    for (int64_t y = 0; y < images.height; ++y) {
      const float* above = nodes.data() + y / side * across;
      const float* below = above + across;
      const float v =
          smooth(static_cast<float>(y % side) / static_cast<float>(side));
      for (int64_t x = 0; x < images.width; ++x) {
        const int64_t i = x / side;
        const float u =
            smooth(static_cast<float>(x % side) / static_cast<float>(side));
        const float top = above[i] + u * (above[i + 1] - above[i]);
        const float bottom = below[i] + u * (below[i + 1] - below[i]);
        const float surface = top + v * (bottom - top);
        *out++ = std::clamp(0.5f + (surface - height) / kEdge, 0.0f, 1.0f);
      }
    }
  }
}

void MakeRow(const Images& images, int64_t row, SyntheticOutlier kind,
             at::Philox4_32& philox, float* out) {
  switch (kind) {
    case SyntheticOutlier::kNoise:
      return Noise(images, philox, out);
    case SyntheticOutlier::kPatches:
      return Patches(images, row, philox, out);
    case SyntheticOutlier::kBlend:
      return Blend(images, row, philox, out);
    case SyntheticOutlier::kRotations:
      return Rotate(images, row, philox, out);
    case SyntheticOutlier::kInvert:
      return Invert(images, row, out);
    case SyntheticOutlier::kBlobs:
      return Blobs(images, philox, out);
  }
}

absl::string_view Name(SyntheticOutlier kind) {
  return kOutlierNames[static_cast<size_t>(kind)].second;
}

absl::Status Refuse(const at::Tensor& batch, SyntheticOutlier kind,
                    absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("synthetic outliers '", Name(kind), "': expected ", expected,
                   ", got ", at::toString(batch.scalar_type()), " [",
                   absl::StrJoin(batch.sizes(), ", "), "]"));
}

absl::Status Check(const at::Tensor& batch, SyntheticOutlier kind) {
  if (batch.scalar_type() != at::kFloat || batch.numel() == 0) {
    return Refuse(batch, kind, "float32 rows");
  }
  if (batch.dim() == 2 && kind == SyntheticOutlier::kNoise)
    return absl::OkStatus();
  if (batch.dim() != 4) return Refuse(batch, kind, "images [B, C, H, W]");
  const int64_t height = batch.size(2);
  const int64_t width = batch.size(3);
  if (kind == SyntheticOutlier::kPatches &&
      (height < kGrid || height % kGrid != 0 ||
       width % (height / kGrid) != 0)) {
    return Refuse(batch, kind, "sides that patches of H/4 pixels fill");
  }
  if (kind == SyntheticOutlier::kBlobs && height < kGrid) {
    return Refuse(batch, kind, "at least 4 pixels a side");
  }
  if (kind == SyntheticOutlier::kRotations && height != width) {
    return Refuse(batch, kind, "square images");
  }
  if (kind == SyntheticOutlier::kBlend && batch.size(0) < 3) {
    return Refuse(batch, kind, "at least 3 rows");
  }
  return absl::OkStatus();
}

void MakeImages(const at::Tensor& from,
                const std::vector<SyntheticOutlier>& kinds,
                at::Philox4_32& philox, at::Tensor& to) {
  const Images images(from);
  std::vector<SyntheticOutlier> of_row(images.rows, kinds[0]);
  if (kinds.size() > 1) {
    const std::vector<int64_t> order = Shuffled(philox, images.rows);
    for (int64_t i = 0; i < images.rows; ++i) {
      of_row[order[i]] = kinds[i % kinds.size()];
    }
  }
  auto* out = to.mutable_data_ptr<float>();
  for (int64_t row = 0; row < images.rows; ++row) {
    MakeRow(images, row, of_row[row], philox, out + row * images.size());
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
    const float unit = 2 * Unit(philox) - 1;  // in [-1, 1)
    out[i] = 0.5f * (low + high) + 0.5f * kStretch * (high - low) * unit;
  }
}

}  // namespace

absl::StatusOr<std::vector<SyntheticOutlier>> ParseSyntheticOutliers(
    absl::string_view names) {
  std::vector<SyntheticOutlier> kinds;
  for (absl::string_view name : absl::StrSplit(names, ',')) {
    const auto known =
        std::find_if(kOutlierNames.begin(), kOutlierNames.end(),
                     [&](const auto& each) { return each.second == name; });
    if (known == kOutlierNames.end() ||
        absl::c_linear_search(kinds, known->first)) {
      return absl::InvalidArgumentError(
          absl::StrCat("synthetic outliers: expected some of noise, patches, "
                       "blend, rotations, "
                       "invert and blobs, separated by commas, got '",
                       names, "'"));
    }
    kinds.push_back(known->first);
  }
  return kinds;
}

std::string SyntheticOutlierNames(const std::vector<SyntheticOutlier>& kinds) {
  return absl::StrJoin(kinds, ",", [](std::string* out, SyntheticOutlier kind) {
    absl::StrAppend(out, Name(kind));
  });
}

absl::StatusOr<at::Tensor> MakeSyntheticOutliers(
    const at::Tensor& batch, const std::vector<SyntheticOutlier>& kinds,
    uint64_t seed, uint64_t step) {
  if (kinds.empty()) {
    return absl::InvalidArgumentError(
        "synthetic outliers: expected at least one kind, got none");
  }
  for (SyntheticOutlier kind : kinds) HG_RETURN_IF_ERROR(Check(batch, kind));
  return TorchGuard("synthetic outliers", [&]() -> absl::StatusOr<at::Tensor> {
    const at::Tensor from = batch.detach().to(at::kCPU).contiguous();
    at::Tensor to = at::empty_like(from);
    at::Philox4_32 philox(StreamSeed(seed, Stream::kSyntheticOutliers), step,
                          0);
    if (from.dim() == 2) {
      MakeVectors(from, philox, to);
    } else {
      MakeImages(from, kinds, philox, to);
    }
    return to.to(batch.device());
  });
}

}  // namespace hypergan::trainer
