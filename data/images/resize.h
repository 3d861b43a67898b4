#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/images/image_options.h"

namespace hypergan::data {

struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const ImageSize&) const = default;
};

// Reads HEIGHTxWIDTH, as 28x28. INVALID_ARGUMENT for anything else, and for
// sides outside 1..kMaxImageSide.
absl::StatusOr<ImageSize> ParseImageSize(absl::string_view text);

// Planes of pixels, [planes, from.height, from.width] to [planes, to.height,
// to.width]. Along a side that shrinks, a pixel is the mean of the area that it
// covers; along one that grows, it is interpolated linearly between the centres
// of pixels. Rounded once.
std::vector<uint8_t> ResizePlanes(absl::Span<const uint8_t> pixels,
                                  const ImageSize& from, const ImageSize& to);

// The same of all rows, unless they have that size or `options` name none.
// INVALID_ARGUMENT for rows that are no pixels, and beyond kMaxDatasetBytes.
absl::StatusOr<Dataset> ResizeRows(Dataset dataset,
                                   const ImageOptions& options);

}  // namespace hypergan::data
