#pragma once

#include <algorithm>

#include "data/dataset.h"
#include "tests/fuzz/fuzz_input.h"

namespace hypergan::fuzz {

// A data set has as many numbers, labels and targets as it says, and class
// names for all of its labels.
inline void ExpectSizes(const data::Dataset& dataset) {
  const auto rows = static_cast<size_t>(dataset.rows);
  const auto row_size = static_cast<size_t>(dataset.RowSize());
  Expect(rows > 0 && row_size > 0);
  Expect(dataset.pixels.empty() != dataset.values.empty());
  Expect(dataset.pixels.size() + dataset.values.size() == rows * row_size);
  Expect(dataset.labels.empty() || dataset.labels.size() == rows);
  Expect(dataset.targets.size() ==
         (dataset.targets.empty()
              ? 0
              : rows * static_cast<size_t>(dataset.target_size)));
  const auto classes = static_cast<int64_t>(dataset.class_names.size());
  Expect(std::all_of(dataset.labels.begin(), dataset.labels.end(),
                     [classes](int64_t label) {
                       return label >= 0 && (classes == 0 || label < classes);
                     }));
}

}  // namespace hypergan::fuzz
