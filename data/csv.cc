#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "data/input_file.h"
#include "data/limits.h"
#include "hypergan/status_macros.h"

namespace hypergan::data {
namespace {

bool ParseCell(absl::string_view cell, float* number) {
  return absl::SimpleAtof(cell, number) && std::isfinite(*number);
}

bool IsHeader(absl::string_view line) {
  float number;
  for (absl::string_view cell : absl::StrSplit(line, ',')) {
    if (!ParseCell(cell, &number)) return true;
  }
  return false;
}

// Gathers a table line by line.
class Table {
 public:
  Table(std::string path, const CsvOptions& options)
      : path_(std::move(path)), options_(options) {}

  absl::Status Add(absl::string_view line, int64_t line_number);
  absl::StatusOr<Dataset> Finish() &&;

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", line_number_, ": ", what));
  }
  // Reads `line` into cells_.
  absl::Status Parse(absl::string_view line);
  absl::Status SetColumns();
  absl::Status AddLabel(float cell);

  const std::string path_;
  const CsvOptions options_;
  int64_t line_number_ = 0;
  int64_t columns_ = 0;  // 0: no row yet
  std::vector<float> cells_;
  Dataset dataset_;
};

absl::Status Table::Parse(absl::string_view line) {
  cells_.clear();
  for (absl::string_view text : absl::StrSplit(line, ',')) {
    float cell;
    if (!ParseCell(text, &cell)) {
      return Error(absl::StrCat("expected a finite number in column ",
                                cells_.size() + 1, ", got '",
                                text.substr(0, 40), "'"));
    }
    if (static_cast<int64_t>(cells_.size()) == kMaxCsvColumns) {
      return Error(
          absl::StrCat("expected at most ", kMaxCsvColumns, " columns"));
    }
    cells_.push_back(cell);
  }
  return absl::OkStatus();
}

absl::Status Table::SetColumns() {
  columns_ = static_cast<int64_t>(cells_.size());
  const int64_t inputs = columns_ - options_.target_columns;
  if (inputs < 1) {
    return Error(absl::StrCat("expected more than ", options_.target_columns,
                              " columns, the last ", options_.target_columns,
                              " of them targets, got ", columns_));
  }
  dataset_.row_shape = {inputs};
  if (!options_.labels) dataset_.target_size = options_.target_columns;
  return absl::OkStatus();
}

absl::Status Table::AddLabel(float cell) {
  if (cell < 0 || cell >= kMaxClasses || cell != std::floor(cell)) {
    return Error(absl::StrCat("expected a label, a whole number from 0 to ",
                              kMaxClasses - 1, ", got ", cell));
  }
  dataset_.labels.push_back(static_cast<int64_t>(cell));
  return absl::OkStatus();
}

absl::Status Table::Add(absl::string_view line, int64_t line_number) {
  line_number_ = line_number;
  absl::Status status = Parse(line);
  if (status.ok() && columns_ == 0) status = SetColumns();
  if (!status.ok()) return status;
  if (static_cast<int64_t>(cells_.size()) != columns_) {
    return Error(
        absl::StrCat("expected ", columns_, " columns, got ", cells_.size()));
  }
  if (dataset_.rows == kMaxRows ||
      static_cast<int64_t>(
          (dataset_.values.size() + dataset_.targets.size()) * sizeof(float) +
          dataset_.labels.size() * sizeof(int64_t)) > kMaxDatasetBytes) {
    return Error(absl::StrCat("expected at most ", kMaxRows, " rows and ",
                              kMaxDatasetBytes, " bytes, got more"));
  }
  const auto inputs_end = cells_.begin() + dataset_.row_shape[0];
  dataset_.values.insert(dataset_.values.end(), cells_.begin(), inputs_end);
  ++dataset_.rows;
  if (options_.labels) return AddLabel(*inputs_end);
  dataset_.targets.insert(dataset_.targets.end(), inputs_end, cells_.end());
  return absl::OkStatus();
}

absl::StatusOr<Dataset> Table::Finish() && {
  if (dataset_.rows == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": expected rows of numbers, got none"));
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
  for (int64_t number = 1;; ++number) {
    HG_ASSIGN_OR_RETURN(bool more, file.ReadLine(&line));
    if (!more) return std::move(table).Finish();
    if (number == 1 && IsHeader(line)) continue;
    HG_RETURN_IF_ERROR(table.Add(line, number));
  }
}

}  // namespace hypergan::data
