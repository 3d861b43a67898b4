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
#include "base/quoted.h"
#include "base/status_macros.h"
#include "data/input_file.h"
#include "data/limits.h"
#include "data/tables/csv_columns.h"
#include "data/tables/csv_labels.h"
#include "data/tables/csv_line.h"

namespace hypergan::data {
namespace {

constexpr size_t kShownBytes = 40;  // of a cell, in a message

std::string Shown(absl::string_view cell) {
  return Quoted(std::string(cell), kShownBytes);
}

bool IsBlank(absl::string_view line) {
  return absl::StripAsciiWhitespace(line).empty();
}

absl::string_view SeparatorName(char separator) {
  switch (separator) {
    case ';':
      return "semicolons";
    case '\t':
      return "tabs";
    default:
      return "commas";
  }
}

// Why `cell` is no number, where that is not plain from the cell itself.
std::string Hint(absl::string_view cell, char separator) {
  if (IsMissingCell(cell) || absl::EqualsIgnoreCase(cell, "none")) {
    return "; missing values are not read: take out the row, or the column "
           "with --drop_columns";
  }
  if (separator == ',' && cell.find_first_of(";\t|") != cell.npos) {
    return "; cells are separated by commas, as line 1 has them";
  }
  if (cell.find(',') != cell.npos) {
    return absl::StrCat(
        "; decimal commas and commas within numbers are not read",
        separator == ',' ? "" : ": cells are separated by ",
        separator == ',' ? "" : SeparatorName(separator));
  }
  double number;
  if (absl::SimpleAtod(cell, &number)) {
    return cell.find_first_of("xX") == cell.npos && std::isfinite(number)
               ? ", which is beyond float32"
               : "";
  }
  return "; text is not read: take out its column with --drop_columns, or "
         "write numbers for it";
}

// Gathers a table line by line.
class Table {
 public:
  Table(std::string path, const CsvOptions& options)
      : path_(std::move(path)),
        options_(options),
        labels_(options.class_names) {}

  // The next line; unpacks its quotes in place.
  absl::Status Add(std::string* line);
  absl::StatusOr<Dataset> Finish() &&;
  int64_t rows() const { return dataset_.rows; }

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", line_number_, ": ", what));
  }
  // Takes off what may stand before line 1's first cell.
  absl::Status StartText(std::string* line);
  absl::Status Split(std::string* line);
  bool IsHeader() const;
  void TakeHeader();
  // Appends the numbers in the cells at `columns`.
  absl::Status Parse(const std::vector<size_t>& columns,
                     std::vector<double>* numbers) const;
  absl::Status CellError(size_t column) const;
  absl::Status CheckColumns();
  absl::Status SetColumns();
  absl::Status CheckRoom() const;
  absl::Status AddLabel(absl::string_view cell);

  const std::string path_;
  const CsvOptions options_;
  int64_t line_number_ = 0;
  int64_t blank_line_ = 0;  // the first of those just passed over; 0: none
  char separator_ = ',';
  std::vector<absl::string_view> cells_;
  std::vector<std::string> header_;  // as the file has it, or none
  CsvColumns columns_;
  CsvLabels labels_;
  Dataset dataset_;
};

absl::Status Table::StartText(std::string* line) {
  if (absl::StartsWith(*line, "\xff\xfe") ||
      absl::StartsWith(*line, "\xfe\xff")) {
    return Error("expected text in UTF-8 or ASCII, got UTF-16: save it anew");
  }
  if (absl::StartsWith(*line, "\xef\xbb\xbf")) line->erase(0, 3);
  separator_ = FindSeparator(*line);
  if (separator_ != ',') {
    dataset_.notes.push_back(absl::StrCat(path_, ": cells are separated by ",
                                          SeparatorName(separator_)));
  }
  return absl::OkStatus();
}

absl::Status Table::Split(std::string* line) {
  if (!SplitCsvLine(line, separator_, kMaxCsvColumns, &cells_)) {
    return Error(
        "expected each quoted cell to end with a quote, on its line and before "
        "a separator");
  }
  if (static_cast<int64_t>(cells_.size()) > kMaxCsvColumns) {
    return Error(absl::StrCat("expected at most ", kMaxCsvColumns, " columns"));
  }
  return absl::OkStatus();
}

bool Table::IsHeader() const {
  if (IsCsvHeader(cells_)) return true;
  const std::vector<std::string>& names = options_.target_names;
  return std::any_of(cells_.begin(), cells_.end(), [&](absl::string_view cell) {
    return std::find(names.begin(), names.end(), cell) != names.end();
  });
}

void Table::TakeHeader() {
  for (const absl::string_view cell : cells_) {
    header_.push_back(ReadableName(cell));
  }
  dataset_.notes.push_back(absl::StrCat(
      path_,
      ": line 1 names the columns and is no row: ", ShownNames(header_)));
}

absl::Status Table::CellError(size_t column) const {
  const std::string name =
      column < header_.size()
          ? absl::StrCat(" (", ShownNames({header_[column]}), ")")
          : "";
  const absl::string_view cell = cells_[column];
  return Error(absl::StrCat(
      "expected a finite number in column ", column + 1, name, ", got ",
      cell.empty() ? "an empty cell" : Shown(cell), Hint(cell, separator_),
      line_number_ == 1 ? "; line 1 is a header only if it holds names and no "
                          "number"
                        : ""));
}

absl::Status Table::Parse(const std::vector<size_t>& columns,
                          std::vector<double>* numbers) const {
  for (const size_t column : columns) {
    double number;
    if (!ParseCsvNumber(cells_[column], &number)) return CellError(column);
    numbers->push_back(number);
  }
  return absl::OkStatus();
}

absl::Status Table::SetColumns() {
  absl::StatusOr<CsvColumns> columns =
      PlaceColumns(header_, cells_.size(), options_);
  if (!columns.ok()) return Error(columns.status().message());
  columns_ = *std::move(columns);
  dataset_.row_shape = {static_cast<int64_t>(columns_.inputs.size())};
  if (!options_.labels) {
    dataset_.target_size = static_cast<int64_t>(columns_.targets.size());
  }
  if (header_.empty()) return absl::OkStatus();
  for (const std::vector<size_t>& places :
       {columns_.inputs, columns_.targets}) {
    for (const size_t place : places) {
      dataset_.column_names.push_back(header_[place]);
    }
  }
  if (columns_.is_reordered) {
    dataset_.notes.push_back(absl::StrCat(
        path_, ": columns are taken by their names, in the networks' order: ",
        ShownNames(dataset_.column_names)));
  }
  return absl::OkStatus();
}

absl::Status Table::CheckColumns() {
  const size_t count = cells_.size();
  if (columns_.count == 0) return SetColumns();
  if (count == columns_.count) return absl::OkStatus();
  return Error(absl::StrCat("expected ", columns_.count, " columns, ",
                            header_.empty() ? "" : "as line 1 names them, ",
                            "got ", count));
}

absl::Status Table::CheckRoom() const {
  const size_t bytes =
      (dataset_.values.size() + dataset_.targets.size()) * sizeof(double) +
      (options_.labels ? dataset_.rows * sizeof(int64_t) : 0);
  if (dataset_.rows < kMaxRows &&
      static_cast<int64_t>(bytes) <= kMaxDatasetBytes) {
    return absl::OkStatus();
  }
  return Error(absl::StrCat("expected at most ", kMaxRows, " rows and ",
                            kMaxDatasetBytes, " bytes, got more"));
}

absl::Status Table::AddLabel(absl::string_view cell) {
  const absl::Status status = labels_.Add(cell);
  return status.ok() ? status : Error(status.message());
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
  if (line_number_ == 1 && IsHeader()) {
    TakeHeader();
    return SetColumns();
  }
  HG_RETURN_IF_ERROR(CheckColumns());
  HG_RETURN_IF_ERROR(CheckRoom());
  HG_RETURN_IF_ERROR(Parse(columns_.inputs, &dataset_.values));
  ++dataset_.rows;
  if (options_.labels) return AddLabel(cells_[columns_.targets[0]]);
  return Parse(columns_.targets, &dataset_.targets);
}

absl::StatusOr<Dataset> Table::Finish() && {
  if (dataset_.rows == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": expected rows of numbers, got ",
                     header_.empty() ? "none" : "a header alone"));
  }
  if (options_.labels) labels_.Finish(path_, &dataset_);
  return std::move(dataset_);
}

absl::Status CheckOptions(const CsvOptions& options) {
  if (options.target_columns < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "target_columns must not be negative, got ", options.target_columns));
  }
  const size_t targets = options.target_names.empty()
                             ? static_cast<size_t>(options.target_columns)
                             : options.target_names.size();
  if (!options.labels || targets == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "expected one column of labels, got ", targets, " target columns"));
}

}  // namespace

absl::string_view CsvEnding(absl::string_view path) {
  for (const absl::string_view ending :
       {".csv", ".csv.gz", ".tsv", ".tsv.gz"}) {
    if (absl::EndsWithIgnoreCase(path, ending)) {
      return path.substr(path.size() - ending.size());
    }
  }
  return "";
}

namespace {

// At most `most` rows.
absl::StatusOr<Dataset> ReadRows(const std::string& path,
                                 const CsvOptions& options, int64_t most) {
  HG_RETURN_IF_ERROR(CheckOptions(options));
  HG_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  Table table(path, options);
  std::string line;
  while (true) {
    HG_ASSIGN_OR_RETURN(const bool more, file.ReadLine(&line));
    if (!more || table.rows() == most) return std::move(table).Finish();
    HG_RETURN_IF_ERROR(table.Add(&line));
  }
}

}  // namespace

absl::StatusOr<Dataset> ReadCsv(const std::string& path,
                                const CsvOptions& options) {
  return ReadRows(path, options, kMaxRows + 1);
}

absl::StatusOr<CsvOptions> OptionsLike(const std::string& path,
                                       const CsvOptions& options) {
  CsvOptions like = options;
  const bool needs_classes = options.labels && options.class_names.empty();
  HG_ASSIGN_OR_RETURN(
      const Dataset table,
      ReadRows(path, options, needs_classes ? kMaxRows + 1 : 1));
  if (needs_classes) like.class_names = table.class_names;
  const std::vector<std::string>& names = table.column_names;
  if (names.empty()) return like;
  const auto inputs_end = names.begin() + table.RowSize();
  if (like.input_names.empty())
    like.input_names.assign(names.begin(), inputs_end);
  if (like.output_names.empty() && !options.labels) {
    like.output_names.assign(inputs_end, names.end());
  }
  return like;
}

}  // namespace hypergan::data
