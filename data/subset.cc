#include "data/subset.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/named_error.h"
#include "base/status_macros.h"
#include "data/limits.h"

namespace hypergan::data {
namespace {

using KeyAndValue = std::pair<absl::string_view, absl::string_view>;

absl::Status ParseRange(absl::string_view text, std::vector<int64_t>* classes) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  int64_t first = 0;
  int64_t last = 0;
  const bool is_range = text.find('-') != text.npos;
  if (!absl::SimpleAtoi(ends.first, &first) ||
      !absl::SimpleAtoi(is_range ? ends.second : ends.first, &last) ||
      first < 0 || last < first || last >= kMaxClasses) {
    return absl::InvalidArgumentError(
        absl::StrCat("classes: expected labels below ", kMaxClasses,
                     " and ranges of them, as 0,2,5-7, got '", text, "'"));
  }
  for (int64_t label = first; label <= last; ++label) {
    if (std::find(classes->begin(), classes->end(), label) != classes->end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "classes: expected each label once, got ", label, " twice"));
    }
    classes->push_back(label);
  }
  return absl::OkStatus();
}

absl::Status ParseClasses(absl::string_view text,
                          std::vector<int64_t>* classes) {
  for (absl::string_view range : absl::StrSplit(text, ',')) {
    HG_RETURN_IF_ERROR(ParseRange(range, classes));
  }
  return absl::OkStatus();
}

absl::Status ParseCount(const KeyAndValue& part, int64_t* count) {
  if (absl::SimpleAtoi(part.second, count) && *count >= 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(part.first, ": expected a whole number of at least 1, got '",
                   part.second, "'"));
}

absl::Status ParsePart(const KeyAndValue& part, Subset* subset) {
  if (part.first == "classes") {
    return ParseClasses(part.second, &subset->classes);
  }
  if (part.first == "per_class") return ParseCount(part, &subset->per_class);
  if (part.first == "rows") return ParseCount(part, &subset->rows);
  if (part.first == "train_rows") return ParseCount(part, &subset->train_rows);
  return absl::InvalidArgumentError(absl::StrCat(
      "expected classes=, per_class=, rows= or train_rows= after '#', got '",
      part.first, "'"));
}

absl::Status ParseParts(absl::string_view text, Subset* subset) {
  std::set<absl::string_view> keys;
  for (absl::string_view part : absl::StrSplit(text, '&')) {
    const KeyAndValue key_and_value =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (!keys.insert(key_and_value.first).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "expected each key once, got ", key_and_value.first, " twice"));
    }
    HG_RETURN_IF_ERROR(ParsePart(key_and_value, subset));
  }
  return absl::OkStatus();
}

int64_t CountClasses(const Dataset& dataset) {
  if (!dataset.class_names.empty()) {
    return static_cast<int64_t>(dataset.class_names.size());
  }
  if (dataset.labels.empty()) return 0;
  return 1 + *std::max_element(dataset.labels.begin(), dataset.labels.end());
}

// For each label its label in the subset, -1 for one that is left out.
absl::StatusOr<std::vector<int64_t>> NewLabels(const Dataset& dataset,
                                               const Subset& subset) {
  const int64_t count = CountClasses(dataset);
  std::vector<int64_t> labels(count, -1);
  if (subset.classes.empty()) {
    for (int64_t i = 0; i < count; ++i) labels[i] = i;
  }
  for (size_t i = 0; i < subset.classes.size(); ++i) {
    const int64_t label = subset.classes[i];
    if (label >= count) {
      return absl::InvalidArgumentError(
          absl::StrCat("classes: expected labels of the data set's ", count,
                       " classes, the first of which is 0, got ", label));
    }
    labels[label] = static_cast<int64_t>(i);
  }
  return labels;
}

}  // namespace

bool NamesSubset(absl::string_view spec) {
  const size_t mark = spec.rfind('#');
  if (mark == spec.npos || spec.find('/', mark) != spec.npos) return false;
  std::error_code ignored;
  return !std::filesystem::exists(std::string(spec), ignored);
}

absl::StatusOr<SubsetSpec> ParseSubset(absl::string_view spec) {
  const size_t mark = std::min(spec.rfind('#'), spec.size());
  SubsetSpec result{std::string(spec.substr(0, mark)), {}};
  const absl::string_view parts = spec.substr(std::min(mark + 1, spec.size()));
  HG_RETURN_IF_ERROR(Named(spec, ParseParts(parts, &result.subset)));
  return result;
}

absl::StatusOr<Dataset> TakeSubset(const Dataset& dataset, const Subset& subset,
                                   Split split) {
  const bool needs_labels = !subset.classes.empty() || subset.per_class > 0;
  if (needs_labels && dataset.labels.empty()) {
    return absl::InvalidArgumentError(
        "classes, per_class: expected rows with labels, got rows without");
  }
  HG_ASSIGN_OR_RETURN(const std::vector<int64_t> new_labels,
                      NewLabels(dataset, subset));
  int64_t most = subset.rows > 0 ? subset.rows : dataset.rows;
  if (split == Split::kTrain && subset.train_rows > 0) {
    most = std::min(most, subset.train_rows);
  }
  std::vector<int64_t> places;
  std::vector<int64_t> taken(new_labels.size());
  for (int64_t row = 0; row < dataset.rows; ++row) {
    if (static_cast<int64_t>(places.size()) == most) break;
    if (!dataset.labels.empty()) {
      const int64_t label = dataset.labels[row];
      if (new_labels[label] < 0) continue;
      if (subset.per_class > 0 && taken[label]++ >= subset.per_class) continue;
    }
    places.push_back(row);
  }
  if (places.empty()) {
    return absl::InvalidArgumentError(
        "expected rows of these classes, got none");
  }
  Dataset result = dataset.Select(places);
  for (int64_t& label : result.labels) label = new_labels[label];
  if (!subset.classes.empty() && !dataset.class_names.empty()) {
    result.class_names.clear();
    for (const int64_t label : subset.classes) {
      result.class_names.push_back(dataset.class_names[label]);
    }
  }
  return result;
}

}  // namespace hypergan::data
