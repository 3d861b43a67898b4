#include "data/image_rows.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "data/image.h"
#include "data/limits.h"

namespace hypergan::data {

absl::Status AppendImage(absl::string_view name, absl::string_view bytes,
                         int64_t channels, Dataset& dataset) {
  // The first file settles the channels for those that follow.
  if (channels == 0 && dataset.rows > 0) channels = dataset.row_shape[0];
  const absl::StatusOr<Image> image = DecodeImage(bytes, channels);
  if (!image.ok()) {
    return absl::Status(image.status().code(),
                        absl::StrCat(name, ": ", image.status().message()));
  }
  if (dataset.rows == 0) dataset.row_shape = image->shape;
  if (image->shape != dataset.row_shape) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": expected an image [", absl::StrJoin(dataset.row_shape, ", "),
        "] like the ones before it, got [", absl::StrJoin(image->shape, ", "),
        "]"));
  }
  if (static_cast<int64_t>(dataset.pixels.size() + image->pixels.size()) >
      kMaxDatasetBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": the images before it fill the limit of ",
                     kMaxDatasetBytes, " bytes"));
  }
  dataset.pixels.insert(dataset.pixels.end(), image->pixels.begin(),
                        image->pixels.end());
  ++dataset.rows;
  return absl::OkStatus();
}

}  // namespace hypergan::data
