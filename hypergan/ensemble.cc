#include "hypergan/ensemble.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "hypergan/noise.h"
#include "hypergan/status_macros.h"
#include "hypergan/torch_guard.h"

namespace hypergan {
namespace {

// Bounds of one piece: what is in memory at once is this many weight sets and
// this many rows' activations, on each worker.
constexpr int64_t kMaxPieceNetworks = 32;
constexpr int64_t kMaxPieceRows = 64;

int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

// What one worker has seen; merged in the workers' order at the end.
struct Partial {
  Moments outputs;    // of [n, B, K]
  Moments entropies;  // of [n, B, 1]
  absl::Duration sampling;
  absl::Duration prediction;
};

// One call of Ensemble::Predict.
class Prediction {
 public:
  Prediction(torch::jit::Module module, const Manifest& manifest,
             const EnsembleOptions& options, const at::Tensor& inputs,
             c10::Device device)
      : module_(std::move(module)),
        manifest_(manifest),
        options_(options),
        device_(device),
        inputs_(inputs.to(device)) {
    if (options.network_outputs) {
      network_outputs_ = at::empty(
          {options.num_networks, inputs.size(0), manifest.num_outputs});
    }
  }

  // Networks first .. first + count - 1, on every row.
  absl::Status Run(int64_t first, int64_t count, Partial* partial) {
    HG_RETURN_IF_ERROR(Interrupted());
    const absl::Time start = absl::Now();
    const at::Tensor noise =
        DrawNoise(options_.seed, first, count, manifest_.noise_size);
    const c10::IValue weights =
        module_.get_method("generate")({noise.to(device_)});
    const absl::Time generated = absl::Now();
    partial->sampling += generated - start;

    std::vector<at::Tensor> pieces;  // [count, b, K] float64
    for (const at::Tensor& rows : inputs_.split(kMaxPieceRows)) {
      if (!pieces.empty()) HG_RETURN_IF_ERROR(Interrupted());
      const at::Tensor outputs =
          module_.get_method("predict")({rows, weights}).toTensor();
      pieces.push_back(outputs.to(at::kDouble));
    }
    HG_RETURN_IF_ERROR(Accumulate(at::cat(pieces, 1), first, partial));
    partial->prediction += absl::Now() - generated;
    return absl::OkStatus();
  }

  EnsembleOutputs Finish(const std::vector<Partial>& partials) {
    const absl::Time start = absl::Now();
    Partial total;
    for (const Partial& partial : partials) {
      total.outputs.Merge(partial.outputs);
      total.entropies.Merge(partial.entropies);
      total.sampling += partial.sampling;
      total.prediction += partial.prediction;
    }
    EnsembleOutputs result;
    result.mean = total.outputs.mean().cpu();
    result.variance = total.outputs.Variance().cpu();
    result.scores =
        manifest_.task == Task::kClassification
            ? ClassificationScores(result.mean, result.variance,
                                   total.entropies.mean().squeeze(-1).cpu())
            : RegressionScores(result.variance);
    result.network_outputs = network_outputs_;
    // The workers ran side by side: their mean is what the caller waited.
    const auto workers = static_cast<int64_t>(partials.size());
    result.sampling = total.sampling / workers;
    result.prediction = total.prediction / workers + (absl::Now() - start);
    return result;
  }

 private:
  absl::Status Interrupted() ABSL_LOCKS_EXCLUDED(mutex_) {
    if (!options_.interrupt) return absl::OkStatus();
    absl::MutexLock lock(&mutex_);
    return options_.interrupt();
  }

  // `outputs` [n, B, K]: logits, or values.
  absl::Status Accumulate(at::Tensor outputs, int64_t first, Partial* partial) {
    if (!at::isfinite(outputs).all().item<bool>()) {
      return absl::InternalError("the model's outputs are not finite");
    }
    if (manifest_.task == Task::kClassification) {
      outputs = outputs.softmax(-1);
      partial->entropies.Add(Entropy(outputs).unsqueeze(-1));
    }
    partial->outputs.Add(outputs);
    if (network_outputs_.defined()) {
      network_outputs_.narrow(0, first, outputs.size(0)).copy_(outputs);
    }
    return absl::OkStatus();
  }

  torch::jit::Module module_;
  const Manifest& manifest_;
  const EnsembleOptions& options_;
  const c10::Device device_;
  const at::Tensor inputs_;
  at::Tensor network_outputs_;
  absl::Mutex mutex_;
};

}  // namespace

Ensemble::Ensemble(Checkpoint checkpoint, c10::Device device, Workers* workers)
    : checkpoint_(std::move(checkpoint)), device_(device), workers_(workers) {}

absl::StatusOr<EnsembleOutputs> Ensemble::Predict(
    const at::Tensor& inputs, const EnsembleOptions& options) const {
  return TorchGuard("prediction", [&]() -> absl::StatusOr<EnsembleOutputs> {
    const int64_t networks = options.num_networks;
    const int64_t workers = std::min<int64_t>(workers_->count(), networks);
    // As even as the bound allows: every worker gets the same number of pieces.
    const int64_t rounds = DivideUp(networks, workers * kMaxPieceNetworks);
    const int64_t piece = DivideUp(networks, workers * rounds);
    const int64_t pieces = DivideUp(networks, piece);

    c10::InferenceMode inference;
    Prediction prediction(checkpoint_.module, checkpoint_.manifest, options,
                          inputs, device_);
    std::vector<Partial> partials(std::min<int64_t>(workers, pieces));
    HG_RETURN_IF_ERROR(workers_->ForEach(pieces, [&](int64_t i) {
      c10::InferenceMode worker_inference;
      torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
      const int64_t first = i * piece;
      return prediction.Run(first, std::min(piece, networks - first),
                            &partials[i % partials.size()]);
    }));
    return prediction.Finish(partials);
  });
}

}  // namespace hypergan
