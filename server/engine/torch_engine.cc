#include "server/engine/torch_engine.h"

#include <ATen/ATen.h>
#include <malloc.h>

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hypergan/calibration.h"
#include "hypergan/device.h"
#include "hypergan/ensemble.h"
#include "hypergan/status_macros.h"
#include "hypergan/torch_guard.h"

namespace hypergan::server {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// A copy of `tensor` as floats, row-major.
std::vector<float> ToFloats(const at::Tensor& tensor) {
  const at::Tensor floats = tensor.to(at::kFloat).contiguous();
  const auto* data = floats.data_ptr<float>();
  return {data, data + floats.numel()};
}

// The number of row `row`, or NaN for a score that the task does not have.
double At(const at::Tensor& scores, int64_t row) {
  return scores.defined() ? scores.data_ptr<double>()[row] : kUndefined;
}

// The score of that name, an undefined tensor for none.
const at::Tensor& ScoreNamed(const std::string& name, const Scores& scores) {
  static const at::Tensor kNone;
  if (name == "predictive_entropy") return scores.predictive_entropy;
  if (name == "expected_entropy") return scores.expected_entropy;
  if (name == "mutual_information") return scores.mutual_information;
  if (name == "total_variance") return scores.total_variance;
  return kNone;
}

void FillOodScore(const Manifest& manifest, const Scores& scores, int64_t row,
                  RowScores* out) {
  out->ood_score = kUndefined;
  if (!manifest.calibration) return;
  const Calibration& calibration = *manifest.calibration;
  const double primary = At(ScoreNamed(calibration.primary_score, scores), row);
  if (std::isnan(primary)) return;
  out->ood_score = OodScore(calibration, primary);
  out->is_ood = out->ood_score >= calibration.threshold;
}

std::vector<RowScores> RowsOf(const Manifest& manifest, const Scores& scores,
                              int64_t rows) {
  std::vector<RowScores> result(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    RowScores& out = result[static_cast<size_t>(row)];
    out.predictive_entropy = At(scores.predictive_entropy, row);
    out.expected_entropy = At(scores.expected_entropy, row);
    out.mutual_information = At(scores.mutual_information, row);
    out.total_variance = At(scores.total_variance, row);
    out.max_probability = At(scores.max_probability, row);
    FillOodScore(manifest, scores, row, &out);
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

class TorchEngine : public Engine {
 public:
  explicit TorchEngine(Ensemble ensemble) : ensemble_(std::move(ensemble)) {}

  const Manifest& manifest() const override { return ensemble_.manifest(); }
  const std::string& manifest_json() const override {
    return ensemble_.manifest_json();
  }

  absl::StatusOr<EnsemblePrediction> Predict(
      const EnsembleQuery& query, const Interrupt& interrupt) const override {
    EnsembleOptions options;
    options.num_networks = query.num_networks;
    options.seed = query.seed;
    options.network_outputs = query.network_outputs;
    options.interrupt = interrupt;
    return TorchGuard("engine", [&]() -> absl::StatusOr<EnsemblePrediction> {
      HG_ASSIGN_OR_RETURN(const EnsembleOutputs outputs,
                          ensemble_.Predict(Inputs(query), options));
      return Answer(outputs, query.rows);
    });
  }

 private:
  // A view of the caller's numbers as [B, ...]; not a copy.
  at::Tensor Inputs(const EnsembleQuery& query) const {
    std::vector<int64_t> shape = manifest().input_shape;
    shape.insert(shape.begin(), query.rows);
    // from_blob wants a mutable pointer; nothing writes through it.
    return at::from_blob(const_cast<float*>(query.inputs.data()), shape,
                         at::kFloat);
  }

  EnsemblePrediction Answer(const EnsembleOutputs& outputs,
                            int64_t rows) const {
    EnsemblePrediction answer;
    answer.mean = ToFloats(outputs.mean);
    answer.variance = ToFloats(outputs.variance);
    answer.scores = RowsOf(manifest(), outputs.scores, rows);
    if (outputs.network_outputs.defined()) {
      answer.network_outputs = ToFloats(outputs.network_outputs);
    }
    answer.sampling = outputs.sampling;
    answer.prediction = outputs.prediction;
    return answer;
  }

  const Ensemble ensemble_;
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
  ConfigureProcessForWorkers();
  HG_ASSIGN_OR_RETURN(const EnsembleSetup setup, SetupOf(options));
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
    const std::string& path) const {
  HG_ASSIGN_OR_RETURN(Checkpoint checkpoint,
                      LoadCheckpoint(path, state_->device));
  HG_ASSIGN_OR_RETURN(Ensemble ensemble,
                      Ensemble::Create(std::move(checkpoint), state_->device,
                                       &state_->workers, state_->setup));
#ifdef __GLIBC__
  malloc_trim(0);  // what loading and packing needed for a moment
#endif
  return std::make_unique<TorchEngine>(std::move(ensemble));
}

}  // namespace hypergan::server
