#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/dataset.h"
#include "trainer/data/constants.h"

namespace hypergan::trainer {

// What a person should be told about the columns (or channels) of the training
// rows, a line each: which are constant and not scaled, which lose digits in
// float32, and target values that look like classes. `targets` is none for a
// classification.
//
// INVALID_ARGUMENT, naming the column and what to do, where float32 would make
// one number of rows that differ.
absl::StatusOr<std::vector<std::string>> ReportColumns(
    const std::string& name, const data::Dataset& dataset,
    const Constants& inputs, const Constants* targets);

}  // namespace hypergan::trainer
