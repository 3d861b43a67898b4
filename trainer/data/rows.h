#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "data/dataset.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan::trainer {

// A data set as tensors. Pixels stay bytes until a batch is taken.
struct Rows {
  at::Tensor inputs;   // uint8 or float32 [R, input_shape...]
  at::Tensor targets;  // int64 [R] labels, or float32 [R, K] values

  int64_t size() const { return inputs.size(0); }
  // float32 [b, input_shape...], pixels scaled to [0, 1]; `index` int64 [b].
  at::Tensor Inputs(const at::Tensor& index) const;
  // The same for all rows first .. first + count - 1.
  at::Tensor Inputs(int64_t first, int64_t count) const;
  // The rows of `index`, copied.
  Rows Select(const at::Tensor& index) const;
  // The rows on `device`.
  Rows To(c10::Device device) const;
  // The first `limit` rows, not copied; all of them if there are fewer or
  // `limit` is 0.
  Rows First(int64_t limit) const;
  // Numbers of tables as float32.
  Rows Narrowed() const;
};

// INVALID_ARGUMENT if `dataset` lacks the labels or values that `task` needs.
absl::StatusOr<Rows> ToRows(const data::Dataset& dataset, Task task);
// The same with the numbers of tables in float64, as they were read: to be
// narrowed before networks are asked about them.
absl::StatusOr<Rows> ToExactRows(const data::Dataset& dataset, Task task);

// Rows without what should come out, as images from elsewhere.
Rows InputsOnly(const data::Dataset& dataset);

}  // namespace hypergan::trainer
