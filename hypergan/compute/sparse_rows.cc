#include "hypergan/compute/sparse_rows.h"

#include <algorithm>

namespace hypergan {

SparseRows::SparseRows(const float* values, int64_t rows, int64_t inputs,
                       int64_t block) {
  const int64_t blocks = (inputs + block - 1) / block;
  // A term that evens out for each row of a block; two, for what is written or
  // read beyond the last term.
  const auto most = static_cast<size_t>(rows * (inputs + blocks)) + 2;
  values_ = std::make_unique_for_overwrite<float[]>(most);
  inputs_ = std::make_unique_for_overwrite<int32_t[]>(most);
  begins_.reserve(static_cast<size_t>(blocks * rows) + 1);
  int64_t count = 0;
  const auto append = [&](float value, int32_t input) {
    values_[count] = value;
    inputs_[count] = input;
  };
  for (int64_t first = 0; first < inputs; first += block) {
    const auto length = static_cast<int32_t>(std::min(block, inputs - first));
    for (int64_t r = 0; r < rows; ++r) {
      begins_.push_back(count);
      const float* row = values + r * inputs + first;
      for (int32_t k = 0; k < length; ++k) {
        // Also the zeros, to be written over: half of the branches would be
        // mispredicted.
        append(row[k], k);
        count += row[k] != 0 ? 1 : 0;
      }
      append(0, 0);
      count += count % 2;
    }
  }
  begins_.push_back(count);
  append(0, 0);
  ++count;
  append(0, 0);
}

SparseProduct SparseRows::Of(const Product& product) const {
  return {product, values_.get(), inputs_.get(), begins_.data()};
}

int64_t CountNonzeros(const float* values, int64_t count) {
  int64_t nonzeros = 0;
  for (int64_t i = 0; i < count; ++i) nonzeros += values[i] != 0 ? 1 : 0;
  return nonzeros;
}

}  // namespace hypergan
