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

// [B, K], of the noise and of all together.
struct Variances {
  std::vector<float> noise, predictive;
};

Variances VariancesOf(const Manifest& manifest, const Answer& answer) {
  const std::vector<double>& deviations = manifest.noise_deviation;
  const std::vector<float>& epistemic = answer.prediction.variance;
  Variances result;
  for (size_t i = 0; i < epistemic.size(); ++i) {
    const double noise = deviations[i % deviations.size()];
    result.noise.push_back(static_cast<float>(noise * noise));
    result.predictive.push_back(
        static_cast<float>(noise * noise + double{epistemic[i]}));
  }
  return result;
}

int64_t RowsOf(const Answer& answer) {
  return std::ssize(answer.prediction.scores);
}

void EncodeIntervals(const Manifest& manifest, const Answer& answer,
                     double coverage, v1::PredictResponse* response) {
  const std::vector<float> variance = VariancesOf(manifest, answer).predictive;
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
  const Variances variances = VariancesOf(manifest, answer);
  const std::vector<int64_t> shape = {RowsOf(answer), manifest.num_outputs};
  EncodeTensor(shape, variances.noise, response->mutable_noise_variance());
  EncodeTensor(shape, variances.predictive,
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
