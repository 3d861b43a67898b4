#include "hypergan/ensemble/scores.h"

#include <ATen/ATen.h>

namespace hypergan {

const at::Tensor& ScoreNamed(absl::string_view name, const Scores& scores) {
  static const at::Tensor kNone;
  if (name == "predictive_entropy") return scores.predictive_entropy;
  if (name == "expected_entropy") return scores.expected_entropy;
  if (name == "mutual_information") return scores.mutual_information;
  if (name == "total_variance") return scores.total_variance;
  return kNone;
}

at::Tensor Entropy(const at::Tensor& probabilities) {
  return -at::xlogy(probabilities, probabilities).sum(-1);
}

at::Tensor PoolTempered(const at::Tensor& mean, double temperature) {
  if (temperature == 1) return mean;
  return (mean.log() / temperature).softmax(-1);
}

Scores ClassificationScores(int64_t networks, const at::Tensor& pooled,
                            const at::Tensor& answered,
                            const at::Tensor& variance,
                            const at::Tensor& mean_entropy) {
  Scores scores = RegressionScores(networks, variance);
  scores.predictive_entropy = Entropy(answered);
  scores.expected_entropy = mean_entropy;
  if (networks > 1) {
    // Jensen's inequality, but for rounding.
    scores.mutual_information = (Entropy(pooled) - mean_entropy).clamp_min(0);
  }
  scores.max_probability = answered.amax(-1);
  return scores;
}

Scores RegressionScores(int64_t networks, const at::Tensor& variance) {
  Scores scores;
  if (networks > 1) scores.total_variance = variance.sum(-1);
  return scores;
}

}  // namespace hypergan
