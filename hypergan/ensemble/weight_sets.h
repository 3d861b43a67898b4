#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace hypergan {

// The weights of some networks, as `generate` returns them: tensors [count,
// ...] float32 on the ensemble's device. A value with shared, immutable
// content: copies and slices share memory, and may be kept for later requests
// and used by several threads.
struct WeightSets {
  std::vector<at::Tensor> tensors;

  int64_t count() const { return tensors.empty() ? 0 : tensors[0].size(0); }
  // Of the numbers themselves. A slice keeps the whole of what it was cut from.
  int64_t bytes() const;
  // Networks first .. first + count - 1 of these; a view.
  WeightSets Slice(int64_t first, int64_t count) const;
  // A copy of its own memory, which keeps nothing else alive.
  WeightSets Clone() const;
};

int64_t CountNetworks(absl::Span<const WeightSets> weight_sets);

// One after the other, in one list of tensors; a copy, unless there is only
// one. Keeps the order of dimensions in memory (channels-last stays so).
WeightSets Concatenate(absl::Span<const WeightSets> weight_sets);

// Networks first .. first + count - 1 of all of them; views, in order.
std::vector<WeightSets> Slice(absl::Span<const WeightSets> weight_sets,
                              int64_t first, int64_t count);

// `weight_sets` cut into pieces of `size` networks (the last may be smaller),
// each a list of views, in order.
std::vector<std::vector<WeightSets>> CutIntoPieces(
    absl::Span<const WeightSets> weight_sets, int64_t size);

}  // namespace hypergan
