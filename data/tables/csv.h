#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"

namespace hypergan::data {

// What the columns of a table mean.
struct CsvOptions {
  // The last so many columns are what should come out; 0: all are inputs.
  int64_t target_columns = 1;
  // That one column is a class's number, from 0 on, not a value.
  bool labels = false;
};

// The ending by which a path names a table: .csv or .csv.gz, in letters of
// either case; empty if it names none.
absl::string_view CsvEnding(absl::string_view path);

// Reads comma-separated finite numbers, rows [columns - target_columns], from
// text in UTF-8 or ASCII, gzipped or not. A byte order mark is taken off. A
// first line of names (IsCsvHeader) is a header: it gives the column names, and
// a note says so. Empty lines at the end are passed over; line ends are LF,
// CRLF or CR.
//
// INVALID_ARGUMENT, naming the line, for what is no number within float32's
// range, an empty line before a row, a line with another count of columns than
// the first, a label that is none, UTF-16, or sizes beyond data/limits.h. Class
// names are the labels' numbers.
absl::StatusOr<Dataset> ReadCsv(const std::string& path,
                                const CsvOptions& options = {});

}  // namespace hypergan::data
