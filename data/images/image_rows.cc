#include "data/images/image_rows.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "data/images/resize.h"
#include "data/limits.h"

namespace hypergan::data {

absl::Status ImageRows::CheckSize(absl::string_view name, int64_t height,
                                  int64_t width) const {
  const std::vector<int64_t>& expected = dataset_.row_shape;
  if (height == expected[1] && width == expected[2]) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      name, ": expected ", expected[2], " x ", expected[1],
      " pixels (width x height) as ", first_name_, " has, got ", width, " x ",
      height, "; none is resized unless --resize says so"));
}

absl::Status ImageRows::CheckBytes(absl::string_view name,
                                   int64_t bytes) const {
  if (bytes <= kMaxDatasetBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": expected at most ", kMaxDatasetBytes,
                   " bytes of pixels with the images before it, got ", bytes));
}

void ImageRows::Resize(Image* image) {
  const ImageSize from = {image->shape[1], image->shape[2]};
  const ImageSize to = {options_.height, options_.width};
  if (from == to) return;
  image->pixels = ResizePlanes(image->pixels, from, to);
  image->shape = {image->shape[0], to.height, to.width};
  ++resized_;
}

void ImageRows::PassOver(absl::string_view name) {
  if (++passed_over_ == 1) first_passed_over_ = std::string(name);
}

absl::Status ImageRows::Append(absl::string_view name,
                               absl::string_view bytes) {
  // Once there are colours, everything is.
  const bool has_colours = dataset_.rows > 0 && dataset_.row_shape[0] == 3;
  const int64_t channels =
      options_.channels == 0 && has_colours ? 3 : options_.channels;
  HG_ASSIGN_OR_RETURN(Image image, Named(name, DecodeImage(bytes, channels)));
  if (options_.resizes()) Resize(&image);
  if (dataset_.rows == 0) {
    dataset_.row_shape = image.shape;
    first_name_ = std::string(name);
  }
  HG_RETURN_IF_ERROR(CheckSize(name, image.shape[1], image.shape[2]));
  const auto size = static_cast<int64_t>(image.pixels.size());
  HG_RETURN_IF_ERROR(CheckBytes(name, (dataset_.rows + 1) * size));
  if (image.shape[0] != dataset_.row_shape[0]) {
    dataset_.pixels = GreyToColour(dataset_.pixels, dataset_.RowSize());
    dataset_.row_shape = image.shape;
  }
  dataset_.pixels.insert(dataset_.pixels.end(), image.pixels.begin(),
                         image.pixels.end());
  ++dataset_.rows;
  if (!image.warning.empty() && ++warnings_ == 1) {
    first_warning_ = absl::StrCat(name, ": ", image.warning);
  }
  return absl::OkStatus();
}

absl::Status ImageRows::Append(absl::string_view name, absl::string_view bytes,
                               int64_t label) {
  HG_RETURN_IF_ERROR(Append(name, bytes));
  dataset_.labels.push_back(label);
  return absl::OkStatus();
}

Dataset ImageRows::Finish() {
  if (passed_over_ > 0) {
    dataset_.notes.push_back(absl::StrCat(
        passed_over_, passed_over_ == 1 ? " file is" : " files are",
        " no image and passed over; the first: ", first_passed_over_));
  }
  if (resized_ > 0) {
    dataset_.notes.push_back(absl::StrCat(
        resized_, " of ", dataset_.rows, " images are resized to ",
        options_.width, " x ", options_.height, " pixels (width x height)"));
  }
  if (warnings_ > 0) {
    dataset_.notes.push_back(absl::StrCat(
        warnings_, " of ", dataset_.rows,
        " images have faults that lose no pixel; the first: ", first_warning_));
  }
  return std::move(dataset_);
}

}  // namespace hypergan::data
