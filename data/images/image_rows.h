#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"

namespace hypergan::data {

// The rows of a data set, decoded from JPEG and PNG files of one size.
class ImageRows {
 public:
  // `channels` is 1, 3, or 0: colour if any file is, else grey.
  explicit ImageRows(int64_t channels) : channels_(channels) {}

  // Decodes `bytes`, a file called `name`, and appends it. Every error begins
  // with `name`: those of DecodeImage, and INVALID_ARGUMENT for another size
  // than the first file's, which is named too, or beyond kMaxDatasetBytes in
  // all; the rows are then as they were.
  absl::Status Append(absl::string_view name, absl::string_view bytes);
  absl::Status Append(absl::string_view name, absl::string_view bytes,
                      int64_t label);

  int64_t rows() const { return dataset_.rows; }

  // The rows, with a note if files had warnings: how many, and the first. To be
  // called once.
  Dataset Finish();

 private:
  absl::Status CheckSize(absl::string_view name, int64_t height,
                         int64_t width) const;
  absl::Status CheckBytes(absl::string_view name, int64_t bytes) const;

  const int64_t channels_;
  Dataset dataset_;
  std::string first_name_;
  int64_t warnings_ = 0;       // files that had one
  std::string first_warning_;  // with its file's name
};

}  // namespace hypergan::data
