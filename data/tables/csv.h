#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "data/dataset.h"
#include "data/tables/csv_options.h"

namespace hypergan::data {

// The ending by which a path names a table: .csv or .tsv, each alone or with
// .gz, in letters of either case; empty if it names none.
absl::string_view CsvEnding(absl::string_view path);

// Reads finite numbers in columns, and one column of classes if `options` says
// so, from text in UTF-8 or ASCII, gzipped or not. Commas separate cells, or
// what line 1 shows (FindSeparator), of which a note tells. A byte order mark
// is taken off. A first line of names (IsCsvHeader), or with a name of
// options.target_names, is a header: it gives the column names, inputs first,
// and a note says so. Empty lines at the end are passed over; line ends are LF,
// CRLF or CR.
//
// INVALID_ARGUMENT, naming the line, for a missing value, for what is no number
// within float32's range, an empty line before a row, a line with another count
// of columns than the first, a label that is none (CsvLabels), columns that are
// not there (PlaceColumns), UTF-16, or sizes beyond data/limits.h. Class names
// are the labels' numbers, or their texts.
absl::StatusOr<Dataset> ReadCsv(const std::string& path,
                                const CsvOptions& options = {});

// What other tables are read by, to go with the one at `path` that `options`
// are for: with the names of its columns and of its classes, where `options`
// has none. Reads to the first row alone, unless there are labels.
absl::StatusOr<CsvOptions> OptionsLike(const std::string& path,
                                       const CsvOptions& options);

}  // namespace hypergan::data
