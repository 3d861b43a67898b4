#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/manifest.h"
#include "hypergan/compute/network_batch.h"
#include "hypergan/runtime/workers.h"

namespace hypergan::trainer {

// What the target networks of one step are asked for.
struct ObjectiveOptions {
  Task task = Task::kClassification;
  int64_t networks = 10;          // sampled a step
  double target_deviation = 1.0;  // of the Gaussian likelihood, for regression
  double repulsion = 0;  // weight of Disagreement on the synthetic outliers
  double joint = 0;      // weight of Ambiguity, 0 to 1
};

// The rows of one step, on the device: batches one after another, each seen by
// a committee of N / batches consecutive networks.
struct StepRows {
  at::Tensor inputs;   // [batches * B, ...]
  at::Tensor targets;  // int64 [batches * B], or float32 [batches * B, K]
  at::Tensor synthetic_outliers;  // [B', ...]: rows unlike the data, which
                                  // every network sees; may be undefined
  int64_t batches = 1;            // divides the number of networks
};

// The gradient of the objective with respect to the weight sets, and its parts.
struct TargetGradients {
  std::vector<at::Tensor> weights;  // as the weight sets, [N, ...]
  at::Tensor losses;  // float64 [N]: each network's, supervised; not where
                      // they share a part of it (joint)
  double loss = 0;    // supervised
  double disagreement = 0;  // on the synthetic outliers
  double ambiguity = 0;     // the mean over committees
};

// Runs the target networks forwards and backwards, a slice of networks a
// worker:
//
//   L = mean over n of SupervisedLoss(network n on its batch)
//       - joint * mean over committees of Ambiguity(committee on its batch)
//       - repulsion * Disagreement(all networks on synthetic_outliers)
//
// `module` has the methods of TargetNetworkSource, `weights` are detached from
// their graph here. INVALID_ARGUMENT for batches that divide the networks or
// the rows unevenly.
absl::StatusOr<TargetGradients> RunTargetNetworks(
    const torch::jit::Module& module, const std::vector<at::Tensor>& weights,
    const StepRows& rows, const ObjectiveOptions& objective, Workers& workers);

// The same as one graph over all networks, for a device that wants much work at
// a time.
absl::StatusOr<TargetGradients> RunTargetNetworks(
    const NetworkBatch& networks, const std::vector<at::Tensor>& weights,
    const StepRows& rows, const ObjectiveOptions& objective);

// How far networks differ as functions, `outputs` [N, B, K]: the mean over rows
// of their mutual information (classification; at most log min(N, K)), or of
// log(1 + variance over networks, in units of `deviation`^2), summed over
// outputs (regression). A scalar with a graph.
at::Tensor Disagreement(Task task, const at::Tensor& outputs, double deviation);

// What an ensemble gains over its networks on rows with targets, `outputs`
// [..., N, B, K] of one ensemble or more, `targets` [..., B] or [..., B, K]:
// the mean of the networks' SupervisedLoss less the loss of their mean
// prediction (Krogh and Vedelsby 1995 for regression; of the mean probabilities
// for classification); not below 0. Taken off at a weight of 1 the networks
// learn as one (Webb et al. 2020, "To Ensemble or Not Ensemble"). A scalar with
// a graph.
at::Tensor Ambiguity(Task task, const at::Tensor& outputs,
                     const at::Tensor& targets, double deviation);

}  // namespace hypergan::trainer
