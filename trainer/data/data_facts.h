#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "data/dataset.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// What a data set asks of the networks that are to be trained on it or asked
// about it.
struct DataFacts {
  std::string name;  // as the user knows it, for messages
  std::vector<int64_t> row_shape;
  int64_t target_size = 0;
  int64_t greatest_label = -1;
  int64_t greatest_label_row = -1;  // from 0 on
};

DataFacts FactsOf(const std::string& name, const data::Dataset& dataset);

// INVALID_ARGUMENT, naming the data, for rows of another shape than
// `input_shape`.
absl::Status CheckShape(const DataFacts& facts,
                        const std::vector<int64_t>& input_shape);

// The same, and for a label that is none of `num_outputs` classes, or another
// number of target values.
absl::Status CheckFits(const DataFacts& facts, Task task,
                       const std::vector<int64_t>& input_shape,
                       int64_t num_outputs);

}  // namespace hypergan::trainer
