#include "trainer/evaluation/records/scores_csv.h"

#include <ATen/ATen.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/evaluation/outside.h"

namespace hypergan::trainer {
namespace {

void AppendHeader(const ScoredRows& rows, std::string* csv) {
  absl::StrAppend(csv, "set,label");
  for (int64_t k = 0; k < rows.mean.size(1); ++k) {
    absl::StrAppend(csv, ",mean_", k);
  }
  for (const auto& [name, values] : ScoresByName(rows.scores)) {
    absl::StrAppend(csv, ",", name);
  }
  absl::StrAppend(csv, "\n");
}

void AppendRows(const ScoredRows& rows, std::string* csv) {
  std::vector<at::Tensor> columns = {rows.mean};
  for (const auto& [name, values] : ScoresByName(rows.scores)) {
    columns.push_back(values.unsqueeze(1));
  }
  const at::Tensor table = at::cat(columns, 1);  // [R, K + scores]
  const std::vector<double> numbers = ToVector(table);
  const int64_t width = table.size(1);
  for (int64_t row = 0; row < table.size(0); ++row) {
    absl::StrAppend(csv, rows.set, ",");
    if (rows.labels.defined()) {
      absl::StrAppend(csv, rows.labels[row].item<int64_t>());
    }
    for (int64_t i = 0; i < width; ++i) {
      absl::StrAppendFormat(csv, ",%.17g", numbers[row * width + i]);
    }
    absl::StrAppend(csv, "\n");
  }
}

}  // namespace

std::string ScoresCsv(const std::vector<ScoredRows>& sets) {
  std::string csv;
  if (sets.empty()) return csv;
  AppendHeader(sets[0], &csv);
  for (const ScoredRows& rows : sets) AppendRows(rows, &csv);
  return csv;
}

}  // namespace hypergan::trainer
