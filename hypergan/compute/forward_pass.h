#pragma once

#include <torch/script.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/compute/execution_form.h"
#include "hypergan/compute/network_batch.h"
#include "hypergan/compute/network_loop.h"
#include "hypergan/ensemble/weight_sets.h"

namespace hypergan {

// The outputs of many networks for some rows, in whichever form suits the
// checkpoint, the device and the size of the work. A form other than the
// checkpoint's own `predict` is only used if the manifest describes the target
// network and the form agreed with `predict` on trial rows, to 1e-4 of the
// outputs' scale. Immutable; for any number of threads.
class ForwardPass {
 public:
  // A wanted form that is not possible is FAILED_PRECONDITION, with the reason.
  // kAuto and kModule always are.
  static absl::StatusOr<ForwardPass> Create(const Checkpoint& checkpoint,
                                            c10::Device device,
                                            ExecutionForm wanted);

  // float32 [N, B, K] of rows [B, ...] on the device. Throws what LibTorch
  // throws.
  at::Tensor Outputs(const at::Tensor& rows,
                     absl::Span<const WeightSets> weight_sets) const;

  // What Outputs takes for work of that size.
  ExecutionForm FormFor(int64_t networks) const;

 private:
  ForwardPass(const Checkpoint& checkpoint, c10::Device device)
      : module_(checkpoint.module), device_(device) {}

  void CreateForms(const Checkpoint& checkpoint);
  absl::Status Try(const Checkpoint& checkpoint);
  at::Tensor OutputsIn(ExecutionForm form, const at::Tensor& rows,
                       absl::Span<const WeightSets> weight_sets) const;
  bool Has(ExecutionForm form) const;

  torch::jit::Module module_;
  c10::Device device_;
  ExecutionForm wanted_ = ExecutionForm::kAuto;
  std::optional<NetworkLoop> loop_;
  std::optional<NetworkBatch> batch_;
  std::string why_not_;  // what spoke against the other forms
};

}  // namespace hypergan
