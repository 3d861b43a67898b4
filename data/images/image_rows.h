#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"
#include "data/images/image.h"
#include "data/images/image_options.h"

namespace hypergan::data {

// The rows of a data set, decoded from JPEG, PNG and WebP files of one size.
class ImageRows {
 public:
  explicit ImageRows(const ImageOptions& options) : options_(options) {}

  // Decodes `bytes`, a file called `name`, and appends it. Every error begins
  // with `name`: those of DecodeImage, and INVALID_ARGUMENT for another size
  // than the first file's, which is named too, if none is resized, or beyond
  // kMaxDatasetBytes in all; the rows are then as they were.
  absl::Status Append(absl::string_view name, absl::string_view bytes);
  absl::Status Append(absl::string_view name, absl::string_view bytes,
                      int64_t label);

  // Counts a file that is no image, nor meant as one.
  void PassOver(absl::string_view name);

  int64_t rows() const { return dataset_.rows; }

  // The rows, with a note each of files that were passed over, that were
  // resized, and that had warnings: how many, and the first. To be called once.
  Dataset Finish();

 private:
  void Resize(Image* image);
  absl::Status CheckSize(absl::string_view name, int64_t height,
                         int64_t width) const;
  absl::Status CheckBytes(absl::string_view name, int64_t bytes) const;

  const ImageOptions options_;
  Dataset dataset_;
  int64_t resized_ = 0;
  int64_t passed_over_ = 0;
  std::string first_passed_over_;
  std::string first_name_;
  int64_t warnings_ = 0;       // files that had one
  std::string first_warning_;  // with its file's name
};

}  // namespace hypergan::data
