#include "trainer/rows.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "absl/status/status.h"

namespace hypergan::trainer {
namespace {

template <typename T>
at::Tensor Copy(const std::vector<T>& values, std::vector<int64_t> shape,
                at::ScalarType type) {
  // clone() before `values` goes out of scope; nothing writes through the
  // pointer.
  return at::from_blob(const_cast<T*>(values.data()), shape, type).clone();
}

at::Tensor ToUnit(const at::Tensor& inputs) {
  return inputs.scalar_type() == at::kByte ? inputs.to(at::kFloat).div_(255)
                                           : inputs;
}

// A constant feature would divide by zero.
std::vector<double> ToVector(const at::Tensor& tensor, double floor) {
  const at::Tensor doubles = tensor.to(at::kDouble).contiguous();
  const auto* data = doubles.data_ptr<double>();
  std::vector<double> result(data, data + doubles.numel());
  for (double& value : result) value = std::max(value, floor);
  return result;
}

Constants ConstantsOf(const at::Tensor& columns) {
  constexpr double kSmallestDeviation = 1e-6;
  return {ToVector(columns.mean(0), -1e30),
          ToVector(columns.std(0), kSmallestDeviation)};
}

}  // namespace

at::Tensor Rows::Inputs(const at::Tensor& index) const {
  return ToUnit(inputs.index_select(0, index));
}

at::Tensor Rows::Inputs(int64_t first, int64_t count) const {
  return ToUnit(inputs.narrow(0, first, count));
}

Rows Rows::Select(const at::Tensor& index) const {
  Rows rows;
  rows.inputs = inputs.index_select(0, index);
  if (targets.defined()) rows.targets = targets.index_select(0, index);
  return rows;
}

Rows Rows::To(c10::Device device) const {
  Rows rows;
  rows.inputs = inputs.to(device);
  if (targets.defined()) rows.targets = targets.to(device);
  return rows;
}

Rows Rows::First(int64_t limit) const {
  if (limit <= 0 || limit >= size()) return *this;
  Rows rows;
  rows.inputs = inputs.narrow(0, 0, limit);
  if (targets.defined()) rows.targets = targets.narrow(0, 0, limit);
  return rows;
}

Rows InputsOnly(const data::Dataset& dataset) {
  std::vector<int64_t> shape = dataset.row_shape;
  shape.insert(shape.begin(), dataset.rows);
  Rows rows;
  rows.inputs = dataset.pixels.empty() ? Copy(dataset.values, shape, at::kFloat)
                                       : Copy(dataset.pixels, shape, at::kByte);
  return rows;
}

absl::StatusOr<Rows> ToRows(const data::Dataset& dataset, Task task) {
  Rows rows = InputsOnly(dataset);
  if (task == Task::kClassification) {
    if (dataset.labels.empty()) {
      return absl::InvalidArgumentError(
          "the data set has no labels, which classification needs");
    }
    rows.targets = Copy(dataset.labels, {dataset.rows}, at::kLong);
  } else {
    if (dataset.targets.empty()) {
      return absl::InvalidArgumentError(
          "the data set has no target values, which regression needs");
    }
    rows.targets =
        Copy(dataset.targets, {dataset.rows, dataset.target_size}, at::kFloat);
  }
  return rows;
}

Constants InputConstants(const Rows& rows) {
  // A sample is enough for two figures a channel.
  constexpr int64_t kMaxRows = 10'000;
  const at::Tensor inputs =
      rows.Inputs(0, std::min(rows.size(), kMaxRows)).flatten(1);
  if (rows.inputs.dim() == 2) return ConstantsOf(inputs);
  const int64_t channels = rows.inputs.size(1);
  return ConstantsOf(inputs.view({inputs.size(0), channels, -1})
                         .transpose(1, 2)
                         .reshape({-1, channels}));
}

Constants TargetConstants(const Rows& rows) {
  return ConstantsOf(rows.targets);
}

}  // namespace hypergan::trainer
