#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "absl/strings/string_view.h"

namespace hypergan {

// The per-row scores of an ensemble, float64 [B] each. p_n is the softmax of
// network n, p the mean over n, q what is answered: p after the temperature of
// the pool (PoolTempered), else p. Natural logarithms, 0 log 0 = 0. What has no
// meaning is an undefined tensor: all but total_variance for a regression, and
// of one network, which disagrees with nobody, mutual_information and
// total_variance.
struct Scores {
  at::Tensor predictive_entropy;  // H(q)
  at::Tensor expected_entropy;    // mean of H(p_n): aleatoric
  at::Tensor mutual_information;  // H(p) - mean of H(p_n), >= 0: epistemic
  at::Tensor total_variance;      // the sum over outputs of the variance over n
  at::Tensor max_probability;     // max of q
};

// The score of that name; an undefined tensor for none of theirs. Of
// max_probability there is no name: no calibration is made of it.
const at::Tensor& ScoreNamed(absl::string_view name, const Scores& scores);

// H of distributions along the last dimension: [..., K] -> [...].
at::Tensor Entropy(const at::Tensor& probabilities);

// softmax(log(p) / temperature) of the means over networks [..., K]: pool
// first, temper then (Rahaman and Thiery, NeurIPS 2021). An ensemble whose
// networks err apart is less sure than it is right, and wants a temperature
// below 1.
at::Tensor PoolTempered(const at::Tensor& mean, double temperature);

// Of `networks` networks; `mean_entropy` [B], the mean over networks of H(p_n);
// `pooled` and `answered` [B, K], p and q; `variance` [B, K].
Scores ClassificationScores(int64_t networks, const at::Tensor& pooled,
                            const at::Tensor& answered,
                            const at::Tensor& variance,
                            const at::Tensor& mean_entropy);
Scores RegressionScores(int64_t networks, const at::Tensor& variance);

}  // namespace hypergan
