#include "hypergan/ensemble/moments.h"

#include <ATen/ATen.h>

namespace hypergan {

void Moments::Add(const at::Tensor& outputs) {
  const at::Tensor mean = outputs.mean(0);
  Combine(outputs.size(0), mean, (outputs - mean).square().sum(0));
}

void Moments::Merge(const Moments& other) {
  if (other.count_ > 0) Combine(other.count_, other.mean_, other.m2_);
}

void Moments::Combine(int64_t count, const at::Tensor& mean,
                      const at::Tensor& m2) {
  if (count_ == 0) {
    count_ = count;
    mean_ = mean.clone();
    m2_ = m2.clone();
    return;
  }
  const auto ours = static_cast<double>(count_);
  const auto theirs = static_cast<double>(count);
  const at::Tensor delta = mean - mean_;
  mean_.add_(delta, theirs / (ours + theirs));
  m2_.add_(m2).add_(delta.square_(), ours * theirs / (ours + theirs));
  count_ += count;
}

at::Tensor Moments::Variance() const {
  if (count_ < 2) return at::zeros_like(mean_);
  return m2_ / static_cast<double>(count_ - 1);
}

}  // namespace hypergan
