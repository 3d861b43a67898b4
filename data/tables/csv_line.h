#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// One line of a table, its cells and what they look like.
namespace hypergan::data {

// What separates the cells of `line`, by what stands outside quotes: ';' if
// there is one, else a tab that is more than a blank beside a comma or at an
// end of the line, else a comma.
char FindSeparator(absl::string_view line);

// Splits `line` at its separators. Blanks around a cell are taken off. A cell
// in double quotes may hold separators, and two quotes for one. Cells point
// into `line`, in which quoted ones are unpacked. At most `max_cells` + 1 cells
// come back: one more says that there are more. False, with `cells` undefined,
// for a quote that does not end, or that something other than a separator
// follows.
bool SplitCsvLine(std::string* line, char separator, size_t max_cells,
                  std::vector<absl::string_view>* cells);

// Whether `cell` is a number in decimal notation that is finite as a float32,
// which is what networks take.
bool ParseCsvNumber(absl::string_view cell, double* number);

// Whether `cell` stands for a missing value: empty, NA, N/A, NaN, null or ?.
bool IsMissingCell(absl::string_view cell);

// Whether a first line names the columns: at least one cell is a name and none
// is a number, NaN and infinity included. A name begins with a letter or '_',
// or with a character outside ASCII if it holds no digit; words for a missing
// value (NA, N/A, null, none) are none. So empty cells, "1,500", "$5" and "3rd"
// alone make no header, but may stand beside a name.
bool IsCsvHeader(const std::vector<absl::string_view>& cells);

}  // namespace hypergan::data
