#include "server/rpc/v1/predictive_codec.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/predictive.h"
#include "server/rpc/v1/tensor_codec.h"

namespace hypergan::server {
namespace {

// `variance` [B, K] with the noise added.
std::vector<float> PlusNoise(const Manifest& manifest,
                             std::vector<float> variance) {
  const std::vector<double>& deviations = manifest.noise_deviation;
  for (size_t i = 0; i < variance.size(); ++i) {
    const double noise = deviations[i % deviations.size()];
    variance[i] = static_cast<float>(noise * noise + double{variance[i]});
  }
  return variance;
}

int64_t RowsOf(const Answer& answer) {
  return std::ssize(answer.prediction.scores);
}

void EncodeIntervals(const Manifest& manifest, const Answer& answer,
                     double coverage, v1::PredictResponse* response) {
  const std::vector<float> variance =
      PlusNoise(manifest, answer.prediction.variance);
  const double half_width = NormalHalfWidth(coverage);
  std::vector<float> low, high;
  for (size_t i = 0; i < variance.size(); ++i) {
    const double mean = answer.prediction.mean[i];
    const double reach = half_width * std::sqrt(double{variance[i]});
    low.push_back(static_cast<float>(mean - reach));
    high.push_back(static_cast<float>(mean + reach));
  }
  const std::vector<int64_t> shape = {RowsOf(answer), manifest.num_outputs};
  EncodeTensor(shape, low, response->mutable_interval_low());
  EncodeTensor(shape, high, response->mutable_interval_high());
}

}  // namespace

void EncodeNoise(const Manifest& manifest, const Answer& answer,
                 v1::PredictResponse* response) {
  if (manifest.noise_deviation.empty()) return;
  const std::vector<float>& variance = answer.prediction.variance;
  const std::vector<int64_t> shape = {RowsOf(answer), manifest.num_outputs};
  EncodeTensor(shape,
               PlusNoise(manifest, std::vector<float>(variance.size(), 0)),
               response->mutable_noise_variance());
  EncodeTensor(shape, PlusNoise(manifest, variance),
               response->mutable_predictive_variance());
}

absl::Status EncodeCoverage(const Manifest& manifest, const Answer& answer,
                            double coverage, v1::PredictResponse* response) {
  if (manifest.task == Task::kRegression) {
    EncodeIntervals(manifest, answer, coverage, response);
    return absl::OkStatus();
  }
  HG_ASSIGN_OR_RETURN(const double least, LeastProbability(manifest, coverage));
  const auto outputs = static_cast<size_t>(manifest.num_outputs);
  absl::Span<const float> mean = answer.prediction.mean;
  for (; !mean.empty(); mean.remove_prefix(outputs)) {
    const std::vector<int> set = PredictionSet(mean.subspan(0, outputs), least);
    response->add_prediction_sets()->mutable_classes()->Assign(set.begin(),
                                                               set.end());
  }
  return absl::OkStatus();
}

}  // namespace hypergan::server
