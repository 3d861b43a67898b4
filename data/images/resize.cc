#include "data/images/resize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/quoted.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

// Which pixels of a side one new pixel is made of; weights add up to 1.
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;
};

// In units of 1 / `to` of an old pixel: an old one spans `to` of them, a new
// one `from`.
Taps AreaTaps(int64_t from, int64_t to, int64_t place) {
  const int64_t begin = place * from;
  const int64_t end = begin + from;
  Taps taps{begin / to, {}};
  for (int64_t i = taps.first; i * to < end; ++i) {
    const int64_t shared =
        std::min(end, (i + 1) * to) - std::max(begin, i * to);
    taps.weights.push_back(static_cast<double>(shared) /
                           static_cast<double>(from));
  }
  return taps;
}

Taps LinearTaps(int64_t from, int64_t to, int64_t place) {
  const double centre = (static_cast<double>(place) + 0.5) *
                            static_cast<double>(from) /
                            static_cast<double>(to) -
                        0.5;
  const double inside = std::clamp(centre, 0.0, static_cast<double>(from - 1));
  const auto first = static_cast<int64_t>(inside);
  const double share = inside - static_cast<double>(first);
  if (share == 0) return {first, {1}};
  return {first, {1 - share, share}};
}

std::vector<Taps> TapsOf(int64_t from, int64_t to) {
  std::vector<Taps> taps;
  for (int64_t place = 0; place < to; ++place) {
    taps.push_back(to < from ? AreaTaps(from, to, place)
                             : LinearTaps(from, to, place));
  }
  return taps;
}

// Lines of `from` numbers, to lines of as many as there are taps. The places of
// a line lie `step` apart, and so they do in `out`.
template <typename T>
void ResizeLine(const T* line, int64_t step, const std::vector<Taps>& taps,
                double* out) {
  for (size_t place = 0; place < taps.size(); ++place) {
    const Taps& tap = taps[place];
    double sum = 0;
    for (size_t i = 0; i < tap.weights.size(); ++i) {
      sum += tap.weights[i] *
             static_cast<double>(
                 line[(tap.first + static_cast<int64_t>(i)) * step]);
    }
    out[static_cast<int64_t>(place) * step] = sum;
  }
}

}  // namespace

absl::StatusOr<ImageSize> ParseImageSize(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> sides =
      absl::StrSplit(text, absl::MaxSplits('x', 1));
  ImageSize size;
  if (absl::SimpleAtoi(sides.first, &size.height) &&
      absl::SimpleAtoi(sides.second, &size.width) && size.height >= 1 &&
      size.height <= kMaxImageSide && size.width >= 1 &&
      size.width <= kMaxImageSide) {
    return size;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--resize: expected HEIGHTxWIDTH of 1 to ", kMaxImageSide,
                   " pixels, as 28x28, got ", Quoted(std::string(text), 40)));
}

std::vector<uint8_t> ResizePlanes(absl::Span<const uint8_t> pixels,
                                  const ImageSize& from, const ImageSize& to) {
  const std::vector<Taps> across = TapsOf(from.width, to.width);
  const std::vector<Taps> down = TapsOf(from.height, to.height);
  const auto area = static_cast<size_t>(from.height * from.width);
  std::vector<double> narrow(from.height * to.width);
  std::vector<double> small(to.height * to.width);
  std::vector<uint8_t> resized;
  resized.reserve(pixels.size() / area * small.size());
  for (size_t plane = 0; plane < pixels.size(); plane += area) {
    for (int64_t y = 0; y < from.height; ++y) {
      ResizeLine(&pixels[plane + y * from.width], 1, across,
                 &narrow[y * to.width]);
    }
    for (int64_t x = 0; x < to.width; ++x) {
      ResizeLine(&narrow[x], to.width, down, &small[x]);
    }
    for (const double pixel : small) {
      resized.push_back(static_cast<uint8_t>(std::lround(pixel)));
    }
  }
  return resized;
}

absl::StatusOr<Dataset> ResizeRows(Dataset dataset,
                                   const ImageOptions& options) {
  if (!options.resizes()) return dataset;
  if (dataset.pixels.empty() || dataset.row_shape.size() != 3) {
    return absl::InvalidArgumentError(
        "--resize: expected rows of pixels, got rows of numbers");
  }
  const ImageSize from = {dataset.row_shape[1], dataset.row_shape[2]};
  const ImageSize to = {options.height, options.width};
  if (from == to) return dataset;
  const int64_t planes = dataset.rows * dataset.row_shape[0];
  if (planes > kMaxDatasetBytes / (to.height * to.width)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--resize: expected at most ", kMaxDatasetBytes,
                     " bytes of pixels, got ", planes, " planes of ", to.width,
                     " x ", to.height));
  }
  dataset.pixels = ResizePlanes(dataset.pixels, from, to);
  dataset.row_shape = {dataset.row_shape[0], to.height, to.width};
  dataset.notes.push_back(
      absl::StrCat("all ", dataset.rows, " images are resized from ",
                   from.width, " x ", from.height, " to ", to.width, " x ",
                   to.height, " pixels (width x height)"));
  return dataset;
}

}  // namespace hypergan::data
