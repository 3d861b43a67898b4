#pragma once

#include <torch/script.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/ensemble/ensemble.h"

namespace hypergan::trainer {

// Which way the inputs make an ensemble's loss grow: the gradient by the inputs
// of
//   L = sum over rows of -log (1/N sum_n p_n[label]),
// of one network its own negative log likelihood. By autograd through
// `predict`, so of any classifier under the contract.
class LossGradient {
 public:
  // Networks 0 .. num_networks - 1 of the ensemble that `seed` names. Their
  // weight sets are kept, hence INVALID_ARGUMENT past 1000 of them, as for a
  // regression. `ensemble` is borrowed.
  static absl::StatusOr<LossGradient> Create(const Ensemble& ensemble,
                                             int64_t num_networks,
                                             uint64_t seed);

  // float32 [B, input_shape...] as `inputs`; `labels` int64 [B]; both on the
  // CPU. `interrupt` as in EnsembleOptions. Batches of rows are spread over the
  // ensemble's workers.
  absl::StatusOr<at::Tensor> At(
      const at::Tensor& inputs, const at::Tensor& labels,
      const std::function<absl::Status()>& interrupt) const;
  // The loss of each row itself, float64 [B].
  absl::StatusOr<at::Tensor> Losses(
      const at::Tensor& inputs, const at::Tensor& labels,
      const std::function<absl::Status()>& interrupt) const;

 private:
  LossGradient(const Ensemble& ensemble, std::vector<c10::IValue> slices);

  // log p_n[label], [n, b], of one slice of the networks.
  at::Tensor LogLikelihood(const at::Tensor& inputs, const at::Tensor& labels,
                           const c10::IValue& weights) const;
  // The same of all networks, [N, b], without autograd.
  at::Tensor LogLikelihoods(const at::Tensor& inputs,
                            const at::Tensor& labels) const;
  // [N, b]: network n's share in the gradient, p_n[label] / sum_m p_m[label].
  at::Tensor Shares(const at::Tensor& inputs, const at::Tensor& labels) const;
  at::Tensor OfBatch(const at::Tensor& inputs, const at::Tensor& labels) const;
  using OfRows = std::function<at::Tensor(const at::Tensor& inputs,
                                          const at::Tensor& labels)>;
  // Puts `of_rows` of each batch of rows, on the device, into `all` [B, ...].
  absl::Status ForEachBatch(const at::Tensor& inputs, const at::Tensor& labels,
                            const std::function<absl::Status()>& interrupt,
                            const OfRows& of_rows, const at::Tensor& all) const;

  const Ensemble* ensemble_;
  std::vector<c10::IValue> slices_;  // weight sets of a few networks each
};

}  // namespace hypergan::trainer
