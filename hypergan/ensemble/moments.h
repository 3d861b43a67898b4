#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace hypergan {

// The streaming mean and variance of member outputs over networks, in float64:
// Welford's recurrence in the pairwise form of Chan, Golub and LeVeque (1983),
// so that networks may come in pieces of any size and in any order. Memory [B,
// K].
class Moments {
 public:
  // Takes in `outputs` [n, B, K] float64, n >= 1; every piece has the same B,
  // K.
  void Add(const at::Tensor& outputs);
  // Takes in all that `other` has seen.
  void Merge(const Moments& other);

  int64_t count() const { return count_; }
  const at::Tensor& mean() const { return mean_; }  // [B, K]
  // Unbiased, [B, K]; zero for a single network.
  at::Tensor Variance() const;

 private:
  void Combine(int64_t count, const at::Tensor& mean, const at::Tensor& m2);

  int64_t count_ = 0;
  at::Tensor mean_;  // [B, K]
  at::Tensor m2_;    // [B, K], sum of squared deviations from the mean
};

}  // namespace hypergan
