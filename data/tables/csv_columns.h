#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "data/tables/csv_options.h"

namespace hypergan::data {

// Where the cells of a line go.
struct CsvColumns {
  size_t count = 0;             // of cells in a line
  std::vector<size_t> inputs;   // places in a line, in the order of a row
  std::vector<size_t> targets;  // likewise
  // They stand in another order than in the file, by input_names.
  bool is_reordered = false;
};

// For lines of `count` cells; `header` holds so many names, or none. Errors are
// INVALID_ARGUMENT and say nothing of the file: a name that is not in the
// header, or there twice; names without a header; columns that input_names
// lacks, or that are missing; no input left.
absl::StatusOr<CsvColumns> PlaceColumns(absl::Span<const std::string> header,
                                        size_t count,
                                        const CsvOptions& options);

// A column's or a class's name, as it is kept: one line of UTF-8, cut to about
// 100 bytes.
std::string ReadableName(absl::string_view cell);

// The first of `names` for a message, as 'a', 'b', ...
std::string ShownNames(absl::Span<const std::string> names);

}  // namespace hypergan::data
