#include "client/cli/explanation.h"

#include <algorithm>
#include <cmath>

namespace hypergan::client {
namespace {

// The K outputs of network `n` for row `i`.
const float* Outputs(const Prediction& prediction, int64_t n, int64_t i) {
  return prediction.network_outputs.data() +
         (n * prediction.rows + i) * prediction.num_outputs;
}

}  // namespace

std::vector<int64_t> Votes(const Answer& answer, int64_t i) {
  const Prediction& prediction = answer.prediction;
  std::vector<int64_t> votes(prediction.num_outputs);
  for (int64_t n = 0; n < prediction.num_networks; ++n) {
    const float* outputs = Outputs(prediction, n, i);
    ++votes[std::max_element(outputs, outputs + prediction.num_outputs) -
            outputs];
  }
  return votes;
}

std::vector<double> NetworkValues(const Answer& answer, int64_t i, int64_t k) {
  const Prediction& prediction = answer.prediction;
  std::vector<double> values;
  for (int64_t n = 0; n < prediction.num_networks; ++n) {
    values.push_back(Outputs(prediction, n, i)[k]);
  }
  std::sort(values.begin(), values.end());
  return values;
}

double Quantile(const std::vector<double>& ascending, double share) {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, ascending.size() - 1);
  const double part = place - static_cast<double>(below);
  return ascending[below] + part * (ascending[above] - ascending[below]);
}

}  // namespace hypergan::client
