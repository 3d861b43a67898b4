#include "data/tables/csv_columns.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/quoted.h"
#include "base/readable.h"
#include "base/status_macros.h"

namespace hypergan::data {
namespace {

constexpr size_t kMaxNameBytes = 100;
constexpr size_t kShownNames = 8;
constexpr size_t kShownNameBytes = 40;  // of a name

class Placing {
 public:
  Placing(absl::Span<const std::string> header, size_t count,
          const CsvOptions& options)
      : header_(header), options_(options), is_taken_(count) {
    columns_.count = count;
  }

  absl::StatusOr<CsvColumns> Run();

 private:
  absl::Status CheckHeader() const;
  // Where the one column of this name stands; `flag` asked for it.
  absl::StatusOr<size_t> Find(absl::string_view flag,
                              const std::string& name) const;
  absl::Status DropColumns();
  absl::Status TakeTargets();
  absl::Status TakeNamedTargets();
  void TakeInputs();
  absl::Status OrderInputs();
  void OrderTargets();

  std::vector<std::string> NamesAt(const std::vector<size_t>& places) const;
  // The places of `wanted`, which `places` have the names of.
  std::vector<size_t> InOrder(const std::vector<size_t>& places,
                              const std::vector<std::string>& wanted) const;

  const absl::Span<const std::string> header_;
  const CsvOptions& options_;
  std::vector<bool> is_taken_;
  CsvColumns columns_;
};

absl::Status Placing::CheckHeader() const {
  if (!header_.empty() ||
      (options_.target_names.empty() && options_.drop_columns.empty())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "expected a header, by whose names --target_column and --drop_columns "
      "choose, got a row");
}

absl::StatusOr<size_t> Placing::Find(absl::string_view flag,
                                     const std::string& name) const {
  const std::string kept = ReadableName(name);
  const auto place = std::find(header_.begin(), header_.end(), kept);
  if (place == header_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": expected columns of ", ShownNames(header_),
                     ", got ", ShownNames({kept})));
  }
  if (std::find(place + 1, header_.end(), kept) != header_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": expected the name of one column, got ",
                     ShownNames({kept}), ", which several have"));
  }
  return place - header_.begin();
}

absl::Status Placing::DropColumns() {
  for (const std::string& name : options_.drop_columns) {
    HG_ASSIGN_OR_RETURN(const size_t place, Find("drop_columns", name));
    is_taken_[place] = true;
  }
  return absl::OkStatus();
}

absl::Status Placing::TakeNamedTargets() {
  for (const std::string& name : options_.target_names) {
    HG_ASSIGN_OR_RETURN(const size_t place, Find("target_column", name));
    if (is_taken_[place]) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--target_column: expected each column once, and none of "
          "--drop_columns, got ",
          ShownNames({name}), " again"));
    }
    is_taken_[place] = true;
    columns_.targets.push_back(place);
  }
  return absl::OkStatus();
}

absl::Status Placing::TakeTargets() {
  if (!options_.target_names.empty()) return TakeNamedTargets();
  int64_t wanted = options_.target_columns;
  for (size_t place = columns_.count; place > 0 && wanted > 0; --place) {
    if (is_taken_[place - 1]) continue;
    is_taken_[place - 1] = true;
    columns_.targets.push_back(place - 1);
    --wanted;
  }
  std::reverse(columns_.targets.begin(), columns_.targets.end());
  return absl::OkStatus();
}

void Placing::TakeInputs() {
  for (size_t place = 0; place < columns_.count; ++place) {
    if (!is_taken_[place]) columns_.inputs.push_back(place);
  }
}

std::vector<std::string> Placing::NamesAt(
    const std::vector<size_t>& places) const {
  std::vector<std::string> names;
  names.reserve(places.size());
  for (const size_t place : places) names.push_back(header_[place]);
  return names;
}

std::vector<size_t> Placing::InOrder(
    const std::vector<size_t>& places,
    const std::vector<std::string>& wanted) const {
  std::vector<std::pair<std::string, size_t>> by_name;
  by_name.reserve(places.size());
  for (const size_t place : places) by_name.emplace_back(header_[place], place);
  std::sort(by_name.begin(), by_name.end());
  std::vector<size_t> ordered;
  for (const std::string& name : wanted) {
    const auto found = std::lower_bound(by_name.begin(), by_name.end(),
                                        std::make_pair(name, size_t{0}));
    ordered.push_back(found->second);
  }
  return ordered;
}

// Of `names`, those that `others` lack; both sorted.
std::vector<std::string> Without(const std::vector<std::string>& names,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  std::set_difference(names.begin(), names.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status Placing::OrderInputs() {
  const std::vector<std::string>& expected = options_.input_names;
  if (header_.empty() || expected.empty()) return absl::OkStatus();
  const std::vector<std::string> names = NamesAt(columns_.inputs);
  if (names == expected) return absl::OkStatus();
  const std::vector<std::string> sorted = Sorted(names);
  const std::vector<std::string> missing = Without(Sorted(expected), sorted);
  const std::vector<std::string> extra = Without(sorted, Sorted(expected));
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected the columns that the networks take, ", ShownNames(expected),
        ", got none named ", ShownNames(missing), extra.empty() ? "" : ", but ",
        ShownNames(extra)));
  }
  if (!extra.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected only the columns that the networks take, ",
        ShownNames(expected), ", got ", ShownNames(extra),
        " as well: say --target_column of what should come out, and "
        "--drop_columns of others"));
  }
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected columns in the networks' order, ", ShownNames(expected),
        ", for several have one name, got ", ShownNames(names)));
  }
  columns_.inputs = InOrder(columns_.inputs, expected);
  columns_.is_reordered = true;
  return absl::OkStatus();
}

void Placing::OrderTargets() {
  const std::vector<std::string>& expected = options_.output_names;
  if (header_.empty() || expected.empty() || options_.labels) return;
  const std::vector<std::string> names = NamesAt(columns_.targets);
  const std::vector<std::string> sorted = Sorted(names);
  if (names == expected || sorted != Sorted(expected) ||
      std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return;
  }
  columns_.targets = InOrder(columns_.targets, expected);
  columns_.is_reordered = true;
}

absl::StatusOr<CsvColumns> Placing::Run() {
  HG_RETURN_IF_ERROR(CheckHeader());
  HG_RETURN_IF_ERROR(DropColumns());
  HG_RETURN_IF_ERROR(TakeTargets());
  TakeInputs();
  if (columns_.inputs.empty()) {
    const size_t targets = options_.target_names.empty()
                               ? static_cast<size_t>(options_.target_columns)
                               : options_.target_names.size();
    return absl::InvalidArgumentError(absl::StrCat(
        "expected more than ", targets, " columns, ", targets,
        " of them targets, got ",
        columns_.count - std::min(columns_.count, options_.drop_columns.size()),
        options_.drop_columns.empty() ? "" : " without those dropped"));
  }
  HG_RETURN_IF_ERROR(OrderInputs());
  OrderTargets();
  return std::move(columns_);
}

}  // namespace

absl::StatusOr<CsvColumns> PlaceColumns(absl::Span<const std::string> header,
                                        size_t count,
                                        const CsvOptions& options) {
  return Placing(header, count, options).Run();
}

std::string ReadableName(absl::string_view cell) {
  return Readable({cell.data(), cell.size()}, kMaxNameBytes);
}

std::string ShownNames(absl::Span<const std::string> names) {
  std::vector<std::string> shown;
  for (const std::string& name :
       names.first(std::min(names.size(), kShownNames))) {
    shown.push_back(Quoted(name, kShownNameBytes));
  }
  return absl::StrCat(absl::StrJoin(shown, ", "),
                      names.size() > kShownNames ? ", ..." : "");
}

}  // namespace hypergan::data
