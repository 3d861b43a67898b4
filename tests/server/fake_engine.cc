#include "tests/server/fake_engine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace hypergan::server {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class FakeWeightSets final : public WeightSets {
 public:
  FakeWeightSets(const NetworkRange& range, FakeEngine::SizeHook hook)
      : range_(range), hook_(std::move(hook)) {}
  int64_t count() const override { return range_.count; }
  int64_t bytes() const override {
    if (hook_) hook_();
    return range_.count * FakeEngine::kNetworkBytes;
  }
  const NetworkRange& range() const { return range_; }

 private:
  const NetworkRange range_;
  const FakeEngine::SizeHook hook_;
};

double RowSum(absl::Span<const float> inputs, int64_t row, int64_t row_size) {
  const auto values = inputs.subspan(row * row_size, row_size);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

RowScores Scores(const Manifest& manifest, int64_t networks, double row_sum,
                 double total_variance) {
  RowScores scores{kNone, kNone, kNone, kNone, kNone, kNone, std::nullopt};
  if (networks > 1) scores.total_variance = total_variance;
  if (manifest.task == Task::kClassification) {
    scores.predictive_entropy = 0.75;
    scores.expected_entropy = 0.5;
    if (networks > 1) scores.mutual_information = 0.25;
    scores.max_probability = 0.625;
  }
  if (manifest.calibration.has_value() && networks > 1) {
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

class FakeSession final : public Session {
 public:
  FakeSession(const Manifest& manifest, const SessionInputs& inputs,
              const FakeEngine::Hook& hook)
      : manifest_(manifest), inputs_(inputs), hook_(hook) {}

  absl::Status Add(absl::Span<const NetworkSlice> networks,
                   const Interrupt& interrupt) override {
    std::vector<FakeEngine::Network> added;
    for (const NetworkSlice& slice : networks) {
      const auto more = FakeEngine::NetworksOf(slice);
      added.insert(added.end(), more.begin(), more.end());
    }
    if (hook_) {
      const absl::Status status = hook_({inputs_, added}, interrupt);
      if (!status.ok()) return status;
    }
    std::vector<float> outputs;
    for (const auto& [seed, n] : added) {
      if (absl::Status status = interrupt(); !status.ok()) return status;
      Ask(seed, n, outputs);
    }
    outputs_.insert(outputs_.end(), outputs.begin(), outputs.end());
    num_networks_ += static_cast<int64_t>(added.size());
    return absl::OkStatus();
  }

  int64_t num_networks() const override { return num_networks_; }

  double LargestStandardError() const override {
    if (num_networks_ < 2) return std::numeric_limits<double>::infinity();
    double largest = 0;
    const size_t stride = inputs_.rows * manifest_.num_outputs;
    for (size_t i = 0; i < stride; ++i) {
      largest = std::max(largest, Moments(outputs_, i, stride).second);
    }
    return std::sqrt(largest / static_cast<double>(num_networks_));
  }

  std::optional<int64_t> FirstOverflow(int64_t first_row,
                                       int64_t rows) const override {
    const int64_t outputs = manifest_.num_outputs;
    for (int64_t row = first_row; row < first_row + rows; ++row) {
      // All networks agree on it.
      if (std::isinf(outputs_.at(row * outputs))) return row;
    }
    return std::nullopt;
  }

  absl::StatusOr<EnsemblePrediction> Result(int64_t first_row,
                                            int64_t rows) const override {
    EnsemblePrediction prediction;
    const int64_t outputs = manifest_.num_outputs;
    const size_t stride = inputs_.rows * outputs;
    for (int64_t row = first_row; row < first_row + rows; ++row) {
      double total_variance = 0;
      for (int64_t k = 0; k < outputs; ++k) {
        const auto [mean, variance] =
            Moments(outputs_, row * outputs + k, stride);
        prediction.mean.push_back(static_cast<float>(mean));
        prediction.variance.push_back(static_cast<float>(variance));
        total_variance += variance;
      }
      prediction.scores.push_back(Scores(
          manifest_, num_networks_,
          RowSum(inputs_.values, row, manifest_.RowSize()), total_variance));
    }
    if (inputs_.network_outputs) {
      for (int64_t n = 0; n < num_networks_; ++n) {
        const auto begin = outputs_.begin() + n * stride + first_row * outputs;
        prediction.network_outputs.insert(prediction.network_outputs.end(),
                                          begin, begin + rows * outputs);
      }
    }
    return prediction;
  }

 private:
  void Ask(uint64_t seed, int64_t n, std::vector<float>& outputs) const {
    for (int64_t row = 0; row < inputs_.rows; ++row) {
      const double sum = RowSum(inputs_.values, row, manifest_.RowSize());
      for (int64_t k = 0; k < manifest_.num_outputs; ++k) {
        outputs.push_back(FakeEngine::Output(sum, k, seed, n));
      }
    }
  }

  const Manifest& manifest_;
  const SessionInputs inputs_;
  const FakeEngine::Hook& hook_;
  std::vector<float> outputs_;  // [N, B, K]
  int64_t num_networks_ = 0;
};

}  // namespace

FakeEngine::FakeEngine(Manifest manifest, Hook hook, DrawHook draw_hook,
                       SizeHook size_hook)
    : manifest_(std::move(manifest)),
      manifest_json_(ManifestToJson(manifest_)),
      hook_(std::move(hook)),
      draw_hook_(std::move(draw_hook)),
      size_hook_(std::move(size_hook)) {}

int64_t FakeEngine::network_bytes() const {
  if (size_hook_) size_hook_();
  return kNetworkBytes;
}

float FakeEngine::Output(double row_sum, int64_t k, uint64_t seed, int64_t n) {
  if (std::abs(row_sum) > kOverflow) {
    return std::numeric_limits<float>::infinity();
  }
  // Exact in float32 for small numbers, and different for neighbouring seeds.
  const uint64_t noise = (seed * 5 + static_cast<uint64_t>(n) * 3) % 8;
  if (std::abs(row_sum) > kWide) {
    return static_cast<float>(row_sum * static_cast<double>(noise));
  }
  return static_cast<float>(row_sum * static_cast<double>(k) +
                            static_cast<double>(noise) / 8);
}

std::vector<FakeEngine::Network> FakeEngine::NetworksOf(
    const NetworkSlice& slice) {
  const auto& range = static_cast<const FakeWeightSets&>(*slice.sets).range();
  std::vector<Network> networks;
  for (int64_t n = 0; n < slice.count; ++n) {
    networks.emplace_back(range.seed, range.first + slice.first + n);
  }
  return networks;
}

absl::StatusOr<std::vector<std::shared_ptr<const WeightSets>>> FakeEngine::Draw(
    absl::Span<const NetworkRange> ranges, const Interrupt& interrupt) const {
  if (draw_hook_) {
    const absl::Status status = draw_hook_(ranges, interrupt);
    if (!status.ok()) return status;
  }
  std::vector<std::shared_ptr<const WeightSets>> drawn;
  int64_t at_once = 0;
  for (const NetworkRange& range : ranges) {
    if (absl::Status status = interrupt(); !status.ok()) return status;
    drawn.push_back(std::make_shared<FakeWeightSets>(range, size_hook_));
    drawn_ += range.count;
    at_once += range.count;
  }
  // One thread draws.
  most_drawn_at_once_ = std::max<int64_t>(most_drawn_at_once_, at_once);
  return drawn;
}

absl::StatusOr<std::unique_ptr<Session>> FakeEngine::Open(
    const SessionInputs& inputs) const {
  ++sessions_;
  return std::make_unique<FakeSession>(manifest_, inputs, hook_);
}

Manifest ClassifierManifest() {
  Manifest manifest;
  manifest.noise_size = 4;
  manifest.input_shape = {2, 2};
  manifest.num_outputs = 3;
  manifest.class_names = {"no", "maybe", "yes"};
  manifest.default_num_networks = 10;
  manifest.target_network = "fake";
  manifest.calibration = Calibration{
      "predictive_entropy", 100, 0.95, {0.0, 0.5, 1.0}, /*networks=*/10,
      {{2, {0.0, 0.25}}}};
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
