#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "data/dataset.h"

namespace hypergan::data {

// What the columns of a table mean.
struct CsvOptions {
  // The last so many columns are what should come out; 0: all are inputs.
  int64_t target_columns = 1;
  // That one column is a class's number, from 0 on, not a value.
  bool labels = false;
};

// Reads comma-separated finite numbers, rows [columns - target_columns]; a
// first line with anything else in it is a header and is passed over.
// INVALID_ARGUMENT, naming the line, for what is no number, a line with another
// count of columns than the first, a label that is none, or sizes beyond
// data/limits.h. Class names are the labels' numbers.
absl::StatusOr<Dataset> ReadCsv(const std::string& path,
                                const CsvOptions& options = {});

}  // namespace hypergan::data
