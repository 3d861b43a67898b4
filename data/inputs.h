#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "data/dataset.h"
#include "data/images/image_options.h"
#include "data/tables/csv.h"

namespace hypergan::data {

struct InputsOptions {
  ImageOptions images = {};
  CsvOptions csv{.target_columns = 0};
};

// Reads rows to ask about, by what the path is:
//
//   a file of the IDX kind, a .csv or .tsv file (.gz or not), or an .npy file
//   JPEG, PNG or WebP files: one path each, or one folder that holds some
//   whatever OpenToAsk() opens: then with labels or targets
//
// Several paths must all be image files. Pixels are resized as `images` says.
// Errors are those of the reader.
absl::StatusOr<Dataset> ReadInputs(absl::Span<const std::string> paths,
                                   const InputsOptions& options = {});

}  // namespace hypergan::data
