#include "data/tables/csv.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/quoted.h"
#include "base/status_macros.h"
#include "data/input_file.h"
#include "data/limits.h"
#include "data/tables/csv_line.h"

namespace hypergan::data {
namespace {

constexpr size_t kShownBytes = 40;  // of a cell, in a message
constexpr size_t kShownNames = 8;   // of a header, in its note

std::string Shown(absl::string_view cell) {
  return Quoted(std::string(cell), kShownBytes);
}

bool IsBlank(absl::string_view line) {
  return absl::StripAsciiWhitespace(line).empty();
}

// Why `cell` is no number, where that is not plain from the cell itself.
absl::string_view Hint(absl::string_view cell) {
  if (cell.find_first_of(";\t|") != cell.npos) {
    return "; cells are to be separated by commas";
  }
  if (cell.find(',') != cell.npos) {
    return "; numbers are to be written without commas within them";
  }
  if (cell.find_first_of("xX") != cell.npos) return "";
  double number;
  if (absl::SimpleAtod(cell, &number) && std::isfinite(number)) {
    return ", which is beyond float32";
  }
  return "";
}

// Gathers a table line by line.
class Table {
 public:
  Table(std::string path, const CsvOptions& options)
      : path_(std::move(path)), options_(options) {}

  // The next line; unpacks its quotes in place.
  absl::Status Add(std::string* line);
  absl::StatusOr<Dataset> Finish() &&;

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", line_number_, ": ", what));
  }
  // Takes off what may stand before line 1's first cell.
  absl::Status StartText(std::string* line) const;
  absl::Status Split(std::string* line);
  void TakeHeader();
  // Reads cells_ into numbers_.
  absl::Status Parse();
  absl::Status CellError(size_t column) const;
  absl::Status CheckColumns();
  absl::Status SetColumns();
  absl::Status CheckRoom() const;
  absl::Status AddLabel(double cell);

  const std::string path_;
  const CsvOptions options_;
  int64_t line_number_ = 0;
  int64_t blank_line_ = 0;  // the first of those just passed over; 0: none
  std::vector<absl::string_view> cells_;
  std::vector<double> numbers_;
  Dataset dataset_;
};

absl::Status Table::StartText(std::string* line) const {
  if (absl::StartsWith(*line, "\xff\xfe") ||
      absl::StartsWith(*line, "\xfe\xff")) {
    return Error("expected text in UTF-8 or ASCII, got UTF-16: save it anew");
  }
  if (absl::StartsWith(*line, "\xef\xbb\xbf")) line->erase(0, 3);
  return absl::OkStatus();
}

absl::Status Table::Split(std::string* line) {
  if (!SplitCsvLine(line, kMaxCsvColumns, &cells_)) {
    return Error(
        "expected each quoted cell to end with a quote, on its line and before "
        "a comma");
  }
  if (static_cast<int64_t>(cells_.size()) > kMaxCsvColumns) {
    return Error(absl::StrCat("expected at most ", kMaxCsvColumns, " columns"));
  }
  return absl::OkStatus();
}

void Table::TakeHeader() {
  std::vector<std::string> shown;
  for (const absl::string_view cell : cells_) {
    dataset_.column_names.emplace_back(cell);
    if (shown.size() < kShownNames) shown.push_back(Shown(cell));
  }
  dataset_.notes.push_back(absl::StrCat(
      path_, ": line 1 names the columns and is no row: ",
      absl::StrJoin(shown, ", "), cells_.size() > kShownNames ? ", ..." : ""));
}

absl::Status Table::CellError(size_t column) const {
  const std::vector<std::string>& names = dataset_.column_names;
  const std::string name = column < names.size()
                               ? absl::StrCat(" (", Shown(names[column]), ")")
                               : "";
  const absl::string_view cell = cells_[column];
  return Error(absl::StrCat(
      "expected a finite number in column ", column + 1, name, ", got ",
      cell.empty() ? "an empty cell" : Shown(cell), Hint(cell),
      line_number_ == 1 ? "; line 1 is a header only if it holds names and no "
                          "number"
                        : ""));
}

absl::Status Table::Parse() {
  numbers_.resize(cells_.size());
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (!ParseCsvNumber(cells_[i], &numbers_[i])) return CellError(i);
  }
  return absl::OkStatus();
}

absl::Status Table::SetColumns() {
  const auto columns = static_cast<int64_t>(cells_.size());
  const int64_t inputs = columns - options_.target_columns;
  if (inputs < 1) {
    return Error(absl::StrCat("expected more than ", options_.target_columns,
                              " columns, the last ", options_.target_columns,
                              " of them targets, got ", columns));
  }
  dataset_.row_shape = {inputs};
  if (!options_.labels) dataset_.target_size = options_.target_columns;
  return absl::OkStatus();
}

absl::Status Table::CheckColumns() {
  const auto columns = static_cast<int64_t>(cells_.size());
  const auto names = static_cast<int64_t>(dataset_.column_names.size());
  if (names > 0 && columns != names) {
    return Error(absl::StrCat("expected ", names,
                              " columns, as line 1 names them, got ", columns));
  }
  if (dataset_.rows == 0) return SetColumns();
  const int64_t expected = dataset_.row_shape[0] + options_.target_columns;
  if (columns == expected) return absl::OkStatus();
  return Error(absl::StrCat("expected ", expected, " columns, got ", columns));
}

absl::Status Table::CheckRoom() const {
  const size_t bytes =
      (dataset_.values.size() + dataset_.targets.size()) * sizeof(double) +
      dataset_.labels.size() * sizeof(int64_t);
  if (dataset_.rows < kMaxRows &&
      static_cast<int64_t>(bytes) <= kMaxDatasetBytes) {
    return absl::OkStatus();
  }
  return Error(absl::StrCat("expected at most ", kMaxRows, " rows and ",
                            kMaxDatasetBytes, " bytes, got more"));
}

absl::Status Table::AddLabel(double cell) {
  if (cell < 0 || cell >= kMaxClasses || cell != std::floor(cell)) {
    return Error(absl::StrCat("expected a label, a whole number from 0 to ",
                              kMaxClasses - 1, ", got ", cell));
  }
  dataset_.labels.push_back(static_cast<int64_t>(cell));
  return absl::OkStatus();
}

absl::Status Table::Add(std::string* line) {
  ++line_number_;
  if (line_number_ == 1) HG_RETURN_IF_ERROR(StartText(line));
  if (IsBlank(*line)) {
    if (blank_line_ == 0) blank_line_ = line_number_;
    return absl::OkStatus();
  }
  if (blank_line_ > 0) {
    line_number_ = blank_line_;
    return Error("expected a row of numbers, got an empty line before others");
  }
  HG_RETURN_IF_ERROR(Split(line));
  if (line_number_ == 1 && IsCsvHeader(cells_)) {
    TakeHeader();
    return absl::OkStatus();
  }
  HG_RETURN_IF_ERROR(Parse());
  HG_RETURN_IF_ERROR(CheckColumns());
  HG_RETURN_IF_ERROR(CheckRoom());
  const auto inputs_end = numbers_.begin() + dataset_.row_shape[0];
  dataset_.values.insert(dataset_.values.end(), numbers_.begin(), inputs_end);
  ++dataset_.rows;
  if (options_.labels) return AddLabel(*inputs_end);
  dataset_.targets.insert(dataset_.targets.end(), inputs_end, numbers_.end());
  return absl::OkStatus();
}

absl::StatusOr<Dataset> Table::Finish() && {
  if (dataset_.rows == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": expected rows of numbers, got ",
        dataset_.column_names.empty() ? "none" : "a header alone"));
  }
  if (options_.labels) {
    const int64_t classes =
        1 + *std::max_element(dataset_.labels.begin(), dataset_.labels.end());
    for (int64_t i = 0; i < classes; ++i) {
      dataset_.class_names.push_back(absl::StrCat(i));
    }
  }
  return std::move(dataset_);
}

}  // namespace

absl::string_view CsvEnding(absl::string_view path) {
  for (const absl::string_view ending : {".csv", ".csv.gz"}) {
    if (absl::EndsWithIgnoreCase(path, ending)) {
      return path.substr(path.size() - ending.size());
    }
  }
  return "";
}

absl::StatusOr<Dataset> ReadCsv(const std::string& path,
                                const CsvOptions& options) {
  if (options.target_columns < 0 ||
      (options.labels && options.target_columns != 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("target_columns must not be negative, and is 1 for labels,"
                     " got ",
                     options.target_columns));
  }
  HG_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  Table table(path, options);
  std::string line;
  while (true) {
    HG_ASSIGN_OR_RETURN(const bool more, file.ReadLine(&line));
    if (!more) return std::move(table).Finish();
    HG_RETURN_IF_ERROR(table.Add(&line));
  }
}

}  // namespace hypergan::data
