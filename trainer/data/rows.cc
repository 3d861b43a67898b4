#include "trainer/data/rows.h"

#include <ATen/ATen.h>

#include "absl/status/status.h"
#include "base/status_macros.h"

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

at::Tensor Narrow(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kDouble ? tensor.to(at::kFloat) : tensor;
}

Rows ExactInputs(const data::Dataset& dataset) {
  std::vector<int64_t> shape = dataset.row_shape;
  shape.insert(shape.begin(), dataset.rows);
  Rows rows;
  rows.inputs = dataset.pixels.empty()
                    ? Copy(dataset.values, shape, at::kDouble)
                    : Copy(dataset.pixels, shape, at::kByte);
  return rows;
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

Rows Rows::Narrowed() const {
  Rows rows;
  rows.inputs = Narrow(inputs);
  if (targets.defined()) rows.targets = Narrow(targets);
  return rows;
}

Rows InputsOnly(const data::Dataset& dataset) {
  return ExactInputs(dataset).Narrowed();
}

absl::StatusOr<Rows> ToRows(const data::Dataset& dataset, Task task) {
  HG_ASSIGN_OR_RETURN(const Rows rows, ToExactRows(dataset, task));
  return rows.Narrowed();
}

absl::StatusOr<Rows> ToExactRows(const data::Dataset& dataset, Task task) {
  Rows rows = ExactInputs(dataset);
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
        Copy(dataset.targets, {dataset.rows, dataset.target_size}, at::kDouble);
  }
  return rows;
}

}  // namespace hypergan::trainer
