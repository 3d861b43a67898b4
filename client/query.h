#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hypergan::client {

enum class Output { kMean, kVariance, kScores, kClasses };

// One question: what does an ensemble of N networks say about B rows?
struct Query {
  std::string model = {};
  std::string model_version = {};         // empty: the greatest
  std::vector<int64_t> input_shape = {};  // [B, ...]
  std::vector<float> inputs = {};         // row-major, in the units of the data
  // N; 0: the model's default, or with a target 16 at least.
  int64_t num_networks = 0;
  std::optional<uint64_t> seed = {};  // none: networks nobody has seen before
  std::vector<Output> outputs = {};   // empty: all of them
  bool network_outputs = false;       // also what every single network says
  // Ask networks until the largest standard error of the mean is at most this,
  // or there are max_networks (none: the server's limit), or the deadline is
  // near; num_networks is then the least.
  std::optional<double> target_standard_error = {};
  std::optional<int64_t> max_networks = {};
  // Be answered at the deadline with the networks asked in time.
  bool allow_partial = false;
  // The share of true values that intervals (regression) or prediction sets
  // (classification) shall hold, above 0 and below 1. None: neither is told.
  // FAILED_PRECONDITION where the checkpoint cannot give it.
  std::optional<double> coverage = {};
};

}  // namespace hypergan::client
