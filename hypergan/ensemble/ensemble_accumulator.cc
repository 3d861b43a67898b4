#include "hypergan/ensemble/ensemble_accumulator.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "hypergan/ensemble/pieces.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

at::Tensor Join(const std::vector<at::Tensor>& pieces, int64_t dimension) {
  return pieces.size() == 1 ? pieces[0] : at::cat(pieces, dimension);
}

void MergeOverflows(const at::Tensor& more, at::Tensor* overflows) {
  if (!more.defined()) return;
  *overflows = overflows->defined() ? overflows->logical_or(more) : more;
}

// Rows are independent of each other, so that one whose outputs are not finite
// spoils its own moments only. `outputs` [n, B, K].
void NoteOverflows(const at::Tensor& outputs, at::Tensor* overflows) {
  const at::Tensor finite = at::isfinite(outputs);
  if (finite.all().item<bool>()) return;
  MergeOverflows(finite.logical_not().any(2).any(0).cpu(), overflows);
}

// From pinned memory a GPU fetches by itself, while the first weight sets are
// being generated.
at::Tensor OnDevice(const at::Tensor& inputs, c10::Device device) {
  if (device.is_cpu()) return inputs;
  return inputs.pin_memory().to(device, inputs.scalar_type(),
                                /*non_blocking=*/true);
}

}  // namespace

EnsembleAccumulator::EnsembleAccumulator(const Ensemble* ensemble,
                                         at::Tensor inputs,
                                         EnsembleOptions options)
    : ensemble_(ensemble),
      inputs_(std::move(inputs)),
      options_(std::move(options)) {}

absl::Status EnsembleAccumulator::Add(
    absl::Span<const WeightSets> weight_sets) {
  const int64_t networks = CountNetworks(weight_sets);
  if (networks == 0) return absl::OkStatus();
  return TorchGuard("prediction", [&] {
    c10::InferenceMode inference;
    const Pieces pieces(networks, ensemble_->workers_->count(),
                        ensemble_->bounds_.sampled_networks);
    const auto cut = CutIntoPieces(weight_sets, pieces.size());
    return Run(pieces.count(), [&](int64_t piece) { return cut[piece]; });
  });
}

absl::Status EnsembleAccumulator::AddSampled(uint64_t seed, int64_t first,
                                             int64_t count) {
  if (count <= 0) return absl::OkStatus();
  return TorchGuard("prediction", [&] {
    c10::InferenceMode inference;
    const Pieces pieces(count, ensemble_->workers_->count(),
                        ensemble_->bounds_.sampled_networks);
    return Run(pieces.count(), [&](int64_t piece) {
      return std::vector<WeightSets>{ensemble_->sampler_.Sample(
          seed, first + pieces.First(piece), pieces.Size(piece))};
    });
  });
}

absl::Status EnsembleAccumulator::Run(int64_t pieces,
                                      const SamplePiece& sample) {
  if (!rows_.defined()) rows_ = OnDevice(inputs_, ensemble_->device_);
  std::vector<Partial> partials(
      std::min<int64_t>(ensemble_->workers_->count(), pieces));
  std::vector<at::Tensor> network_outputs(static_cast<size_t>(pieces));
  const auto run_piece = [&](int64_t i) {
    c10::InferenceMode inference;
    HG_RETURN_IF_ERROR(Interrupted());
    Partial& partial = partials[i % partials.size()];
    const absl::Time start = absl::Now();
    const std::vector<WeightSets> weight_sets = sample(i);
    partial.sampling += absl::Now() - start;
    return RunPiece(weight_sets, &partial, &network_outputs[i]);
  };
  HG_RETURN_IF_ERROR(ensemble_->workers_->ForEach(pieces, run_piece));
  // The workers ran side by side: their mean is what the caller waited.
  const auto workers = static_cast<int64_t>(partials.size());
  for (const Partial& partial : partials) {
    total_.outputs.Merge(partial.outputs);
    total_.entropies.Merge(partial.entropies);
    MergeOverflows(partial.overflows, &total_.overflows);
    total_.sampling += partial.sampling / workers;
    total_.prediction += partial.prediction / workers;
  }
  if (options_.network_outputs) {
    total_.network_outputs.insert(total_.network_outputs.end(),
                                  network_outputs.begin(),
                                  network_outputs.end());
  }
  return absl::OkStatus();
}

absl::Status EnsembleAccumulator::RunPiece(
    absl::Span<const WeightSets> weight_sets, Partial* partial,
    at::Tensor* network_outputs) {
  const absl::Time start = absl::Now();
  const PieceBounds& bounds = ensemble_->bounds_;
  std::vector<at::Tensor> networks;  // [n, B, K] float64
  bool first = true;
  for (const auto& sets : CutIntoPieces(weight_sets, bounds.networks)) {
    std::vector<at::Tensor> outputs;  // [n, b, K]
    for (const at::Tensor& rows : rows_.split(bounds.rows)) {
      if (!std::exchange(first, false)) HG_RETURN_IF_ERROR(Interrupted());
      outputs.push_back(ensemble_->forward_.Outputs(rows, sets));
    }
    networks.push_back(Join(outputs, 1).to(at::kDouble));
  }
  Accumulate(Join(networks, 0), partial, network_outputs);
  partial->prediction += absl::Now() - start;
  return absl::OkStatus();
}

absl::Status EnsembleAccumulator::Interrupted() {
  if (!options_.interrupt) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  return options_.interrupt();
}

// `outputs` [n, B, K]: logits, or values.
void EnsembleAccumulator::Accumulate(at::Tensor outputs, Partial* partial,
                                     at::Tensor* network_outputs) {
  NoteOverflows(outputs, &partial->overflows);
  if (ensemble_->manifest().task == Task::kClassification) {
    outputs = outputs.softmax(-1);
    partial->entropies.Add(Entropy(outputs).unsqueeze(-1));
  }
  partial->outputs.Add(outputs);
  if (options_.network_outputs) {
    *network_outputs = outputs.to(at::kCPU, at::kFloat);
  }
}

double EnsembleAccumulator::LargestStandardError() const {
  const int64_t count = num_networks();
  if (count < 2) return std::numeric_limits<double>::infinity();
  const auto variance = total_.outputs.Variance().max().item<double>();
  return std::sqrt(variance / static_cast<double>(count));
}

std::optional<int64_t> EnsembleAccumulator::FirstOverflow(int64_t first,
                                                          int64_t count) const {
  if (!total_.overflows.defined()) return std::nullopt;
  const auto* rows = total_.overflows.data_ptr<bool>();
  const auto* row = std::find(rows + first, rows + first + count, true);
  if (row == rows + first + count) return std::nullopt;
  return row - rows;
}

absl::StatusOr<EnsembleOutputs> EnsembleAccumulator::Outputs() const {
  if (const auto row = FirstOverflow(0, inputs_.size(0))) {
    return absl::InternalError(absl::StrCat(
        "expected finite outputs, got others of the model about row ", *row));
  }
  return OutputsWhereFinite();
}

absl::StatusOr<EnsembleOutputs> EnsembleAccumulator::OutputsWhereFinite()
    const {
  if (num_networks() == 0) {
    return absl::FailedPreconditionError("no networks were asked yet");
  }
  return TorchGuard("prediction", [&]() -> absl::StatusOr<EnsembleOutputs> {
    c10::InferenceMode inference;
    const absl::Time start = absl::Now();
    EnsembleOutputs result;
    // A copy: later networks must not change an answer that was given.
    result.mean = total_.outputs.mean().to(at::kCPU, at::kDouble,
                                           /*non_blocking=*/false,
                                           /*copy=*/true);
    result.variance = total_.outputs.Variance().cpu();
    const Manifest& manifest = ensemble_->manifest();
    if (manifest.task == Task::kClassification) {
      const at::Tensor pooled = result.mean;
      result.mean = PoolTempered(pooled, manifest.pool_temperature);
      result.scores = ClassificationScores(
          num_networks(), pooled, result.mean, result.variance,
          total_.entropies.mean().squeeze(-1).cpu());
    } else {
      result.scores = RegressionScores(num_networks(), result.variance);
    }
    if (options_.network_outputs) {
      result.network_outputs = at::cat(total_.network_outputs);
    }
    result.sampling = total_.sampling;
    result.prediction = total_.prediction + (absl::Now() - start);
    return result;
  });
}

}  // namespace hypergan
