#include "trainer/data/data_facts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace hypergan::trainer {

DataFacts FactsOf(const std::string& name, const data::Dataset& dataset) {
  DataFacts facts;
  facts.name = name;
  facts.row_shape = dataset.row_shape;
  facts.target_size = dataset.target_size;
  const auto greatest =
      std::max_element(dataset.labels.begin(), dataset.labels.end());
  if (greatest != dataset.labels.end()) {
    facts.greatest_label = *greatest;
    facts.greatest_label_row = greatest - dataset.labels.begin();
  }
  return facts;
}

absl::Status CheckShape(const DataFacts& facts,
                        const std::vector<int64_t>& input_shape) {
  if (facts.row_shape == input_shape) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      facts.name, ": expected rows [", absl::StrJoin(input_shape, ", "),
      "], as the networks take them, got [",
      absl::StrJoin(facts.row_shape, ", "), "]"));
}

absl::Status CheckFits(const DataFacts& facts, Task task,
                       const std::vector<int64_t>& input_shape,
                       int64_t num_outputs) {
  HG_RETURN_IF_ERROR(CheckShape(facts, input_shape));
  if (task == Task::kRegression && facts.target_size != num_outputs) {
    return absl::InvalidArgumentError(absl::StrCat(
        facts.name, ": expected ", num_outputs,
        " target values a row, one for each output of the networks, got ",
        facts.target_size));
  }
  if (task == Task::kClassification && facts.greatest_label >= num_outputs) {
    return absl::InvalidArgumentError(
        absl::StrCat(facts.name, ": expected labels 0 to ", num_outputs - 1,
                     ", for the networks have ", num_outputs, " outputs, got ",
                     facts.greatest_label, " in row ", facts.greatest_label_row,
                     " (counted from 0)"));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
