#include "server/engine/torch_engine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/calibration.h"
#include "hypergan/ensemble/ensemble.h"
#include "hypergan/ensemble/ensemble_accumulator.h"
#include "hypergan/ensemble/weight_sets.h"
#include "hypergan/runtime/device.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan::server {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// A copy of `tensor` as floats, row-major.
std::vector<float> ToFloats(const at::Tensor& tensor) {
  const at::Tensor floats = tensor.to(at::kFloat).contiguous();
  const auto* data = floats.data_ptr<float>();
  return {data, data + floats.numel()};
}

// The number of row `row`, or NaN for a score that has no meaning.
double At(const at::Tensor& scores, int64_t row) {
  return scores.defined() ? scores.data_ptr<double>()[row] : kUndefined;
}

void FillOodScore(const Manifest& manifest, const Scores& scores,
                  int64_t networks, int64_t row, RowScores* out) {
  out->ood_score = kUndefined;
  if (!manifest.calibration) return;
  const Calibration& calibration = *manifest.calibration;
  const double primary = At(ScoreNamed(calibration.primary_score, scores), row);
  const auto score = OodScore(calibration, networks, primary);
  if (!score) return;
  out->ood_score = *score;
  out->is_ood = IsOod(calibration, *score);
}

std::vector<RowScores> RowsOf(const Manifest& manifest, const Scores& scores,
                              int64_t networks, int64_t first, int64_t rows) {
  std::vector<RowScores> result(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = first + i;
    RowScores& out = result[static_cast<size_t>(i)];
    out.predictive_entropy = At(scores.predictive_entropy, row);
    out.expected_entropy = At(scores.expected_entropy, row);
    out.mutual_information = At(scores.mutual_information, row);
    out.total_variance = At(scores.total_variance, row);
    out.max_probability = At(scores.max_probability, row);
    FillOodScore(manifest, scores, networks, row, &out);
  }
  return result;
}

absl::StatusOr<EnsembleSetup> SetupOf(const TorchEngineOptions& options) {
  EnsembleSetup setup;
  HG_ASSIGN_OR_RETURN(setup.form, ParseExecutionForm(options.execution_form));
  if (options.generator_precision == "bfloat16") {
    setup.sampler.precision = WeightPrecision::kBfloat16;
  } else if (options.generator_precision != "float32") {
    return absl::InvalidArgumentError(
        absl::StrCat("generator precision: expected float32 or bfloat16, got '",
                     options.generator_precision, "'"));
  }
  setup.sampler.owns_module = true;
  return setup;
}

class TorchWeightSets final : public WeightSets {
 public:
  explicit TorchWeightSets(std::vector<hypergan::WeightSets> sets)
      : sets_(std::move(sets)) {}

  int64_t count() const override { return CountNetworks(sets_); }
  int64_t bytes() const override {
    int64_t bytes = 0;
    for (const hypergan::WeightSets& sets : sets_) bytes += sets.bytes();
    return bytes;
  }
  const std::vector<hypergan::WeightSets>& sets() const { return sets_; }

 private:
  const std::vector<hypergan::WeightSets> sets_;  // as they were drawn
};

class TorchSession final : public Session {
 public:
  TorchSession(const Ensemble& ensemble, const SessionInputs& inputs)
      : manifest_(ensemble.manifest()),
        accumulator_(&ensemble, View(inputs, ensemble.manifest()),
                     Options(inputs)) {}

  absl::Status Add(absl::Span<const NetworkSlice> networks,
                   const Interrupt& interrupt) override {
    return TorchGuard("engine", [&]() -> absl::Status {
      std::vector<hypergan::WeightSets> sets;
      for (const NetworkSlice& slice : networks) {
        const auto& all = static_cast<const TorchWeightSets&>(*slice.sets);
        for (hypergan::WeightSets& some :
             Slice(all.sets(), slice.first, slice.count)) {
          sets.push_back(std::move(some));
        }
      }
      interrupt_ = &interrupt;
      const absl::Status status = accumulator_.Add(sets);
      interrupt_ = nullptr;
      if (status.ok()) outputs_.reset();
      return status;
    });
  }

  int64_t num_networks() const override { return accumulator_.num_networks(); }
  double LargestStandardError() const override {
    return accumulator_.LargestStandardError();
  }

  std::optional<int64_t> FirstOverflow(int64_t first_row,
                                       int64_t rows) const override {
    return accumulator_.FirstOverflow(first_row, rows);
  }

  absl::StatusOr<EnsemblePrediction> Result(int64_t first_row,
                                            int64_t rows) const override {
    return TorchGuard("engine", [&]() -> absl::StatusOr<EnsemblePrediction> {
      // Made once for all the rows' owners.
      if (!outputs_) {
        HG_ASSIGN_OR_RETURN(outputs_, accumulator_.OutputsWhereFinite());
      }
      EnsemblePrediction result;
      result.mean = ToFloats(outputs_->mean.narrow(0, first_row, rows));
      result.variance = ToFloats(outputs_->variance.narrow(0, first_row, rows));
      result.scores =
          RowsOf(manifest_, outputs_->scores, num_networks(), first_row, rows);
      if (outputs_->network_outputs.defined()) {
        result.network_outputs =
            ToFloats(outputs_->network_outputs.narrow(1, first_row, rows));
      }
      return result;
    });
  }

 private:
  // A view of the caller's numbers as [B, ...]; not a copy.
  static at::Tensor View(const SessionInputs& inputs,
                         const Manifest& manifest) {
    std::vector<int64_t> shape = manifest.input_shape;
    shape.insert(shape.begin(), inputs.rows);
    // from_blob wants a mutable pointer; nothing writes through it.
    return at::from_blob(const_cast<float*>(inputs.values.data()), shape,
                         at::kFloat);
  }

  EnsembleOptions Options(const SessionInputs& inputs) {
    EnsembleOptions options;
    options.network_outputs = inputs.network_outputs;
    options.interrupt = [this] {
      return interrupt_ == nullptr ? absl::OkStatus() : (*interrupt_)();
    };
    return options;
  }

  const Manifest& manifest_;
  const Interrupt* interrupt_ = nullptr;  // of the Add that runs
  EnsembleAccumulator accumulator_;
  mutable std::optional<EnsembleOutputs> outputs_;  // since the last Add
};

class TorchEngine final : public Engine {
 public:
  TorchEngine(Ensemble ensemble, int64_t network_bytes)
      : ensemble_(std::move(ensemble)), network_bytes_(network_bytes) {}

  const Manifest& manifest() const override { return ensemble_.manifest(); }
  const std::string& manifest_json() const override {
    return ensemble_.manifest_json();
  }
  int64_t network_bytes() const override { return network_bytes_; }

  absl::StatusOr<std::vector<std::shared_ptr<const WeightSets>>> Draw(
      absl::Span<const NetworkRange> ranges,
      const Interrupt& interrupt) const override {
    HG_RETURN_IF_ERROR(interrupt());
    HG_ASSIGN_OR_RETURN(auto sampled, ensemble_.Sample(ranges));
    std::vector<std::shared_ptr<const WeightSets>> drawn;
    drawn.reserve(sampled.size());
    for (std::vector<hypergan::WeightSets>& sets : sampled) {
      drawn.push_back(std::make_shared<TorchWeightSets>(std::move(sets)));
    }
    return drawn;
  }

  absl::Status CheckDevice() const override {
    return ProbeDevice(ensemble_.device());
  }

  absl::StatusOr<std::unique_ptr<Session>> Open(
      const SessionInputs& inputs) const override {
    return TorchGuard(
        "engine", [&]() -> absl::StatusOr<std::unique_ptr<Session>> {
          return std::make_unique<TorchSession>(ensemble_, inputs);
        });
  }

 private:
  const Ensemble ensemble_;
  const int64_t network_bytes_;
};

}  // namespace

struct TorchEngineLoader::State {
  State(c10::Device chosen, int threads, EnsembleSetup chosen_setup)
      : device(chosen), setup(chosen_setup), workers(threads) {}

  const c10::Device device;
  const EnsembleSetup setup;
  Workers workers;
};

absl::StatusOr<std::unique_ptr<TorchEngineLoader>> TorchEngineLoader::Open(
    const TorchEngineOptions& options) {
  HG_ASSIGN_OR_RETURN(const EnsembleSetup setup, SetupOf(options));
  ConfigureProcessForWorkers();
  HG_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(options.device));
  // A GPU is fed by one thread.
  const int threads = device.is_cpu() ? options.threads : 1;
  return std::unique_ptr<TorchEngineLoader>(
      new TorchEngineLoader(std::make_unique<State>(device, threads, setup)));
}

TorchEngineLoader::TorchEngineLoader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
TorchEngineLoader::~TorchEngineLoader() = default;

absl::StatusOr<std::unique_ptr<Engine>> TorchEngineLoader::Load(
    const std::string& path, bool is_described) const {
  at::init_num_threads();  // of this thread: one, as the process has it
  HG_ASSIGN_OR_RETURN(
      Checkpoint checkpoint,
      LoadCheckpoint(path,
                     is_described ? CheckpointFormat::kSafetensors
                                  : CheckpointFormat::kTorchScript,
                     state_->device));
  HG_ASSIGN_OR_RETURN(Ensemble ensemble,
                      Ensemble::Create(std::move(checkpoint), state_->device,
                                       &state_->workers, state_->setup));
  HG_ASSIGN_OR_RETURN(const int64_t network_bytes, ensemble.NetworkBytes());
  return std::make_unique<TorchEngine>(std::move(ensemble),
                                       std::max<int64_t>(1, network_bytes));
}

}  // namespace hypergan::server
