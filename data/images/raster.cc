#include "data/images/raster.h"

#include "absl/strings/str_cat.h"
#include "data/limits.h"

namespace hypergan::data {

absl::Status CheckImageSides(int64_t height, int64_t width) {
  if (height >= 1 && height <= kMaxImageSide && width >= 1 &&
      width <= kMaxImageSide) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "expected an image of at most ", kMaxImageSide, " x ", kMaxImageSide,
      " pixels (width x height), got ", width, " x ", height));
}

}  // namespace hypergan::data
