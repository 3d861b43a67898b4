#include "data/tables/csv_labels.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/quoted.h"
#include "data/class_names.h"
#include "data/limits.h"
#include "data/tables/csv_columns.h"
#include "data/tables/csv_line.h"

namespace hypergan::data {
namespace {

constexpr size_t kMaxTextBytes = 100;

// Of any kind, NaN and infinity included.
bool IsNumber(absl::string_view cell) {
  double number;
  return absl::SimpleAtod(cell, &number);
}

}  // namespace

CsvLabels::CsvLabels(std::vector<std::string> known)
    : known_(std::move(known)) {
  for (size_t i = 0; i < known_.size(); ++i) {
    texts_.emplace(known_[i], static_cast<int64_t>(i));
  }
}

absl::Status CsvLabels::Add(absl::string_view cell) {
  if (IsMissingCell(cell)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a label, got a missing value",
        cell.empty() ? "" : absl::StrCat(", ", Quoted(std::string(cell)))));
  }
  const bool is_number = IsNumber(cell);
  if (labels_.empty()) is_text_ = !is_number;
  if (is_number == is_text_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a label, ", is_text_ ? "text" : "a whole number",
        " as in the rows before, got ", Quoted(std::string(cell), 40)));
  }
  return is_text_ ? AddText(cell) : AddNumber(cell);
}

absl::Status CsvLabels::AddNumber(absl::string_view cell) {
  double number;
  if (!ParseCsvNumber(cell, &number) || number < 0 || number >= kMaxClasses ||
      number != std::floor(number)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a label, a whole number from 0 to ", kMaxClasses - 1,
        " or text, got ", Quoted(std::string(cell), 40)));
  }
  labels_.push_back(static_cast<int64_t>(number));
  return absl::OkStatus();
}

absl::Status CsvLabels::AddText(absl::string_view cell) {
  if (cell.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a label of at most ", kMaxTextBytes,
                     " bytes, got one of ", cell.size()));
  }
  const std::string text = ReadableName(cell);
  const auto place = texts_.find(text);
  if (place != texts_.end()) {
    labels_.push_back(place->second);
    return absl::OkStatus();
  }
  if (!known_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a label of the classes ", ShownNames(known_),
                     ", got ", ShownNames({text})));
  }
  const auto number = static_cast<int64_t>(texts_.size());
  if (number == kMaxClasses) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected at most ", kMaxClasses, " classes, got more"));
  }
  texts_.emplace(text, number);
  labels_.push_back(number);
  return absl::OkStatus();
}

void CsvLabels::SortTexts() {
  std::vector<int64_t> places(texts_.size());
  int64_t place = 0;
  for (const auto& [text, number] : texts_) places[number] = place++;
  for (int64_t& label : labels_) label = places[label];
}

void CsvLabels::Finish(absl::string_view path, Dataset* dataset) {
  if (!is_text_) {
    const int64_t classes =
        1 + *std::max_element(labels_.begin(), labels_.end());
    for (int64_t i = 0; i < classes; ++i) {
      dataset->class_names.push_back(absl::StrCat(i));
    }
  } else if (!known_.empty()) {
    dataset->class_names = known_;
  } else {
    SortTexts();
    for (const auto& [text, number] : texts_) {
      dataset->class_names.push_back(text);
    }
    dataset->notes.push_back(
        absl::StrCat(path, ": labels are text: ", dataset->class_names.size(),
                     " classes, ", ShownNames(dataset->class_names)));
  }
  dataset->labels = std::move(labels_);
}

absl::Status NumberByNames(const std::vector<std::string>& class_names,
                           Dataset* dataset) {
  const std::vector<std::string>& names = dataset->class_names;
  if (class_names.empty() ||
      std::all_of(names.begin(), names.end(), IsNumber)) {
    return absl::OkStatus();
  }
  return RenumberByNames(class_names, dataset);
}

}  // namespace hypergan::data
