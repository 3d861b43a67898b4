#include "tests/server/fake_engine.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace hypergan::server {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double RowSum(const EnsembleQuery& query, int64_t row, int64_t row_size) {
  const auto values = query.inputs.subspan(row * row_size, row_size);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

RowScores Scores(const Manifest& manifest, double row_sum,
                 double total_variance) {
  RowScores scores{kNone, kNone, kNone, total_variance, kNone, kNone, false};
  if (manifest.task == Task::kClassification) {
    scores.predictive_entropy = 0.75;
    scores.expected_entropy = 0.5;
    scores.mutual_information = 0.25;
    scores.max_probability = 0.625;
  }
  if (manifest.calibration.has_value()) {
    scores.ood_score = std::clamp(row_sum, 0.0, 1.0);
    scores.is_ood = scores.ood_score >= 0.95;
  }
  return scores;
}

// Mean and unbiased variance over the networks of output `index` of all.
std::pair<double, double> Moments(const std::vector<float>& outputs,
                                  size_t index, size_t stride) {
  double mean = 0;
  double squares = 0;
  const double count = static_cast<double>(outputs.size() / stride);
  for (size_t i = index; i < outputs.size(); i += stride) mean += outputs[i];
  mean /= count;
  for (size_t i = index; i < outputs.size(); i += stride) {
    squares += (outputs[i] - mean) * (outputs[i] - mean);
  }
  return {mean, count > 1 ? squares / (count - 1) : 0};
}

}  // namespace

FakeEngine::FakeEngine(Manifest manifest, Hook hook)
    : manifest_(std::move(manifest)),
      manifest_json_(ManifestToJson(manifest_)),
      hook_(std::move(hook)) {}

float FakeEngine::Output(double row_sum, int64_t k, uint64_t seed, int64_t n) {
  // Exact in float32 for small numbers, and different for neighbouring seeds.
  const uint64_t noise = (seed * 5 + static_cast<uint64_t>(n) * 3) % 8;
  return static_cast<float>(row_sum * static_cast<double>(k) +
                            static_cast<double>(noise) / 8);
}

absl::Status FakeEngine::FillOutputs(const EnsembleQuery& query,
                                     const Interrupt& interrupt,
                                     std::vector<float>& outputs) const {
  for (int64_t n = 0; n < query.num_networks; ++n) {
    if (absl::Status status = interrupt(); !status.ok()) return status;
    for (int64_t row = 0; row < query.rows; ++row) {
      const double sum = RowSum(query, row, manifest_.RowSize());
      for (int64_t k = 0; k < manifest_.num_outputs; ++k) {
        outputs.push_back(Output(sum, k, query.seed, n));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<EnsemblePrediction> FakeEngine::Predict(
    const EnsembleQuery& query, const Interrupt& interrupt) const {
  ++calls_;
  if (hook_) {
    if (absl::Status status = hook_(query, interrupt); !status.ok()) {
      return status;
    }
  }
  std::vector<float> outputs;
  if (absl::Status status = FillOutputs(query, interrupt, outputs);
      !status.ok()) {
    return status;
  }
  EnsemblePrediction prediction;
  const size_t stride = query.rows * manifest_.num_outputs;
  for (size_t i = 0; i < stride; ++i) {
    const auto [mean, variance] = Moments(outputs, i, stride);
    prediction.mean.push_back(static_cast<float>(mean));
    prediction.variance.push_back(static_cast<float>(variance));
  }
  for (int64_t row = 0; row < query.rows; ++row) {
    const auto begin =
        prediction.variance.begin() + row * manifest_.num_outputs;
    prediction.scores.push_back(
        Scores(manifest_, RowSum(query, row, manifest_.RowSize()),
               std::accumulate(begin, begin + manifest_.num_outputs, 0.0)));
  }
  if (query.network_outputs) prediction.network_outputs = std::move(outputs);
  prediction.sampling = absl::Milliseconds(2);
  prediction.prediction = absl::Milliseconds(1500);
  return prediction;
}

Manifest ClassifierManifest() {
  Manifest manifest;
  manifest.noise_size = 4;
  manifest.input_shape = {2, 2};
  manifest.num_outputs = 3;
  manifest.class_names = {"no", "maybe", "yes"};
  manifest.default_num_networks = 10;
  manifest.target_network = "fake";
  manifest.calibration =
      Calibration{"predictive_entropy", 100, 0.95, {0.0, 0.5, 1.0}};
  manifest.provenance = {{"data_set", "none"}};
  manifest.validation = {{"accuracy", 0.5}};
  return manifest;
}

Manifest RegressionManifest() {
  Manifest manifest;
  manifest.task = Task::kRegression;
  manifest.noise_size = 4;
  manifest.input_shape = {1};
  manifest.num_outputs = 1;
  manifest.default_num_networks = 5;
  manifest.target_network = "fake";
  return manifest;
}

}  // namespace hypergan::server
