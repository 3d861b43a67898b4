#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hypergan::client {

// How uncertain one row's prediction is; natural logarithms. A score that has
// no meaning is absent: entropies for regression, what one network alone cannot
// tell, ood_score without a calibration for so few networks.
struct RowScores {
  std::optional<double> predictive_entropy = {};
  std::optional<double> expected_entropy = {};
  std::optional<double> mutual_information = {};
  std::optional<double> total_variance = {};
  std::optional<double> max_probability = {};
  std::optional<double> ood_score = {};  // in [0, 1]
  std::optional<bool> is_ood = {};
};

struct PredictedClass {
  int32_t index = 0;
  std::string name;  // empty if the model names no classes
};

// Where the networks came from.
enum class Sampling { kUnknown, kSeeded, kFresh, kPool };

// Why no more networks were asked; kNotYet on the way, in a stream.
enum class StopReason {
  kNotYet,
  kAllNetworks,
  kTargetReached,
  kMaxNetworks,
  kDeadline,
};

// The answer to a Query: N networks, B rows, K outputs. What was not asked for,
// and the classes of a regression model, are empty.
struct Prediction {
  std::string model;
  std::string model_version;
  // Asking with it and N gives the same networks again; none if they came from
  // a pool.
  std::optional<uint64_t> seed;
  int64_t num_networks = 0;  // N
  Sampling sampling_mode = Sampling::kUnknown;
  StopReason stop_reason = StopReason::kNotYet;
  // Of the mean, over rows and outputs; none for one network.
  std::optional<double> largest_standard_error;
  int64_t rows = 0;         // B
  int64_t num_outputs = 0;  // K; 0 if neither mean nor variance was asked for
  std::vector<float> mean;  // [B, K]: probabilities, or values for regression
  std::vector<float> variance;          // [B, K]
  std::vector<RowScores> scores;        // [B]
  std::vector<PredictedClass> classes;  // [B]
  std::vector<float> network_outputs;   // [N, B, K]
  // Of a regression whose checkpoint knows the noise of its targets: that of
  // the truth around the mean (aleatoric), and variance + noise_variance.
  std::vector<float> noise_variance;       // [B, K], or empty
  std::vector<float> predictive_variance;  // [B, K], or empty
  // If a coverage was asked for: of a regression the ends of the intervals, of
  // a classification the classes of each row's set, most probable first.
  std::vector<float> interval_low, interval_high;     // [B, K], or empty
  std::vector<std::vector<int32_t>> prediction_sets;  // [B], or empty
  std::vector<std::string> warnings;  // the server's, as of inputs out of range
  absl::Duration queue;               // the server's time, waiting,
  absl::Duration sampling;            // sampling networks
  absl::Duration prediction;          // and asking them
};

}  // namespace hypergan::client
