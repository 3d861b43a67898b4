#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hypergan/compute/kernel.h"

namespace hypergan {

// The numbers of a matrix's rows that are not zero, for
// Kernel::multiply_sparse.
class SparseRows {
 public:
  // `values` [rows, inputs]; `block` is the kernel's.
  SparseRows(const float* values, int64_t rows, int64_t inputs, int64_t block);

  // `product` with these rows for its input. Valid as long as both are.
  SparseProduct Of(const Product& product) const;

 private:
  std::unique_ptr<float[]> values_;
  std::unique_ptr<int32_t[]> inputs_;
  std::vector<int64_t> begins_;
};

// How many of `count` values are not zero; NaN is not.
int64_t CountNonzeros(const float* values, int64_t count);

}  // namespace hypergan
