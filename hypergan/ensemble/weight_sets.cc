#include "hypergan/ensemble/weight_sets.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace hypergan {
namespace {

// An uninitialised tensor like `like`, with `count` networks one after the
// other and each network's numbers in the order that they have in `like`.
at::Tensor EmptyLike(const at::Tensor& like, int64_t count) {
  std::vector<int64_t> sizes = like.sizes().vec();
  sizes[0] = count;
  if (like.size(0) == 0 || !like.select(0, 0).is_non_overlapping_and_dense()) {
    return at::empty(sizes, like.options());
  }
  std::vector<int64_t> strides = like.strides().vec();
  strides[0] = like.select(0, 0).numel();
  return at::empty_strided(sizes, strides, like.options());
}

}  // namespace

int64_t WeightSets::bytes() const {
  int64_t bytes = 0;
  for (const at::Tensor& tensor : tensors) {
    bytes += static_cast<int64_t>(tensor.nbytes());
  }
  return bytes;
}

WeightSets WeightSets::Slice(int64_t first, int64_t count) const {
  WeightSets slice;
  slice.tensors.reserve(tensors.size());
  for (const at::Tensor& tensor : tensors) {
    slice.tensors.push_back(tensor.narrow(0, first, count));
  }
  return slice;
}

WeightSets WeightSets::Clone() const {
  WeightSets clone;
  for (const at::Tensor& tensor : tensors) {
    clone.tensors.push_back(EmptyLike(tensor, count()).copy_(tensor));
  }
  return clone;
}

int64_t CountNetworks(absl::Span<const WeightSets> weight_sets) {
  int64_t count = 0;
  for (const WeightSets& sets : weight_sets) count += sets.count();
  return count;
}

WeightSets Concatenate(absl::Span<const WeightSets> weight_sets) {
  if (weight_sets.size() == 1) return weight_sets[0];
  WeightSets all;
  if (weight_sets.empty()) return all;
  const int64_t count = CountNetworks(weight_sets);
  for (size_t i = 0; i < weight_sets[0].tensors.size(); ++i) {
    const at::Tensor tensor = EmptyLike(weight_sets[0].tensors[i], count);
    int64_t first = 0;
    for (const WeightSets& sets : weight_sets) {
      tensor.narrow(0, first, sets.count()).copy_(sets.tensors[i]);
      first += sets.count();
    }
    all.tensors.push_back(tensor);
  }
  return all;
}

std::vector<WeightSets> Slice(absl::Span<const WeightSets> weight_sets,
                              int64_t first, int64_t count) {
  std::vector<WeightSets> slices;
  for (const WeightSets& sets : weight_sets) {
    const int64_t begin = std::clamp<int64_t>(first, 0, sets.count());
    const int64_t end = std::clamp<int64_t>(first + count, 0, sets.count());
    if (begin < end) slices.push_back(sets.Slice(begin, end - begin));
    first -= sets.count();
  }
  return slices;
}

std::vector<std::vector<WeightSets>> CutIntoPieces(
    absl::Span<const WeightSets> weight_sets, int64_t size) {
  std::vector<std::vector<WeightSets>> pieces;
  int64_t room = 0;  // in the last piece
  for (const WeightSets& sets : weight_sets) {
    for (int64_t first = 0; first < sets.count();) {
      if (room == 0) {
        pieces.emplace_back();
        room = size;
      }
      const int64_t count = std::min(room, sets.count() - first);
      pieces.back().push_back(sets.Slice(first, count));
      first += count;
      room -= count;
    }
  }
  return pieces;
}

}  // namespace hypergan
