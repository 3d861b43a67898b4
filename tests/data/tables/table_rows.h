#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "data/dataset.h"

namespace hypergan::data {

// Rows [x, x^2] of x from `first` on, without an equal one.
inline Dataset Table(int64_t rows, int64_t first = 0) {
  Dataset dataset;
  dataset.row_shape = {1};
  dataset.target_size = 1;
  dataset.rows = rows;
  for (int64_t i = 0; i < rows; ++i) {
    const auto x = static_cast<double>(first + i) + 0.5;
    dataset.values.push_back(x);
    dataset.targets.push_back(x * x);
  }
  return dataset;
}

// Rows of one whole number out of few, without truth.
inline Dataset FewNumbers(int64_t rows, int64_t numbers, int64_t step) {
  Dataset dataset;
  dataset.row_shape = {1};
  dataset.rows = rows;
  for (int64_t i = 0; i < rows; ++i) {
    dataset.values.push_back(static_cast<double>(i * step % numbers));
  }
  return dataset;
}

inline Dataset Reversed(const Dataset& dataset) {
  std::vector<int64_t> places;
  for (int64_t i = dataset.rows - 1; i >= 0; --i) places.push_back(i);
  return dataset.Select(places);
}

inline std::set<double> Values(const Dataset& dataset,
                               const std::vector<int64_t>& places) {
  const Dataset some = dataset.Select(places);
  return {some.values.begin(), some.values.end()};
}

}  // namespace hypergan::data
