#include "trainer/data/column_report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "base/quoted.h"
#include "base/short_list.h"
#include "base/status_macros.h"

namespace hypergan::trainer {
namespace {

constexpr size_t kMaxListed = 8;
constexpr size_t kMaxClassesGuessed = 20;

std::string Number(double value) { return absl::StrFormat("%.10g", value); }

// The inputs of a data set, or its targets, which follow them in a file.
class Columns {
 public:
  Columns(const data::Dataset& dataset, const Constants& constants,
          bool are_targets)
      : dataset_(dataset), constants_(constants), are_targets_(are_targets) {}

  std::string Name(size_t column) const {
    if (!are_targets_ && !dataset_.pixels.empty()) {
      return absl::StrCat("channel ", column);
    }
    const size_t place =
        column +
        (are_targets_ ? static_cast<size_t>(dataset_.RowSize()) : size_t{0});
    const std::vector<std::string>& names = dataset_.column_names;
    return absl::StrCat(are_targets_ ? "target column " : "column ", place + 1,
                        place < names.size()
                            ? absl::StrCat(" (", Quoted(names[place]), ")")
                            : "");
  }

  std::string Range(size_t column) const {
    return absl::StrCat(Number(constants_.least[column]), " to ",
                        Number(constants_.greatest[column]));
  }

  // The distance of float32 numbers of this size.
  double Step(size_t column) const {
    return Float32Step(std::max(std::abs(constants_.least[column]),
                                std::abs(constants_.greatest[column])));
  }

  absl::string_view WhatToDo() const {
    return are_targets_ ? "subtract a start from it, and add it to the answers"
                        : "subtract a start from it, in training data and in "
                          "requests alike";
  }

  absl::Status CheckScale(const std::string& name) const;
  absl::Status CheckResolution(const std::string& name) const;
  std::vector<std::string> Notes(const std::string& name) const;

 private:
  std::string Constant(size_t column) const;

  const data::Dataset& dataset_;
  const Constants& constants_;
  const bool are_targets_;
};

absl::Status Columns::CheckScale(const std::string& name) const {
  for (size_t i = 0; i < constants_.mean.size(); ++i) {
    if (HasScale(constants_, i)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": ", Name(i), ": expected numbers of at most 1e30, with a ",
        "deviation of at least 1e-30, for float32 to scale, got ", Range(i),
        " with a deviation of ",
        absl::StrFormat("%.3g", constants_.deviation[i]),
        ": give it in another unit"));
  }
  return absl::OkStatus();
}

absl::Status Columns::CheckResolution(const std::string& name) const {
  for (size_t i = 0; i < constants_.mean.size(); ++i) {
    if (ResolutionOf(constants_, i) != Resolution::kTooCoarse) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": ", Name(i), ": expected numbers that stay apart in float32, ",
        "got ", Range(i), " with a deviation of ",
        absl::StrFormat("%.3g", constants_.deviation[i]),
        ", where float32 goes in steps of ", Number(Step(i)), ": ",
        WhatToDo()));
  }
  return absl::OkStatus();
}

std::string Columns::Constant(size_t column) const {
  const double least = constants_.least[column];
  if (least == constants_.greatest[column]) {
    return absl::StrCat(Name(column), " is ", Number(least));
  }
  return absl::StrCat(Name(column), " is ", Range(column),
                      ", which float32 hardly tells apart");
}

std::vector<std::string> Columns::Notes(const std::string& name) const {
  std::vector<std::string> constant;
  std::vector<std::string> coarse;
  for (size_t i = 0; i < constants_.mean.size(); ++i) {
    const Resolution resolution = ResolutionOf(constants_, i);
    if (resolution == Resolution::kConstant) constant.push_back(Constant(i));
    if (resolution == Resolution::kCoarse) {
      coarse.push_back(absl::StrCat(Name(i), " is ", Range(i), " in steps of ",
                                    Number(Step(i))));
    }
  }
  const auto line = [&](const std::vector<std::string>& listed,
                        absl::string_view what) {
    return absl::StrCat(name, ": ", ShortList(listed, kMaxListed), ": ", what);
  };
  std::vector<std::string> notes;
  if (!constant.empty()) {
    notes.push_back(line(constant, "constant, so it is not scaled"));
  }
  if (!coarse.empty()) {
    notes.push_back(
        line(coarse, absl::StrCat("float32 loses digits of it; ", WhatToDo())));
  }
  return notes;
}

// A line for one target column of a few whole numbers; empty for another.
std::string ClassesNote(const std::string& name, const data::Dataset& dataset) {
  if (dataset.target_size != 1) return "";
  std::set<double> values;
  for (const double target : dataset.targets) {
    if (target != std::floor(target)) return "";
    values.insert(target);
    if (values.size() > kMaxClassesGuessed) return "";
  }
  if (values.size() < 2 || 2 * values.size() > dataset.targets.size()) {
    return "";
  }
  return absl::StrCat(
      name, ": the target column holds ", values.size(),
      " whole numbers, which are trained as values; --csv_labels makes them "
      "classes, numbered from 0");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReportColumns(
    const std::string& name, const data::Dataset& dataset,
    const Constants& inputs, const Constants* targets) {
  const Columns input_columns(dataset, inputs, /*are_targets=*/false);
  HG_RETURN_IF_ERROR(input_columns.CheckScale(name));
  HG_RETURN_IF_ERROR(input_columns.CheckResolution(name));
  std::vector<std::string> notes = input_columns.Notes(name);
  if (targets == nullptr) return notes;
  const Columns target_columns(dataset, *targets, /*are_targets=*/true);
  HG_RETURN_IF_ERROR(target_columns.CheckScale(name));
  HG_RETURN_IF_ERROR(target_columns.CheckResolution(name));
  for (std::string& note : target_columns.Notes(name)) {
    notes.push_back(std::move(note));
  }
  std::string classes = ClassesNote(name, dataset);
  if (!classes.empty()) notes.push_back(std::move(classes));
  return notes;
}

}  // namespace hypergan::trainer
