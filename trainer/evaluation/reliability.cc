#include "trainer/evaluation/reliability.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>

namespace hypergan::trainer {
namespace {

constexpr int64_t kBins = 15;

}  // namespace

std::vector<ReliabilityBin> Reliability(const at::Tensor& probabilities,
                                        const at::Tensor& labels) {
  const auto [largest, predicted] = probabilities.max(-1);  // [..., R]
  const at::Tensor confidence = largest.to(at::kDouble).flatten();
  const at::Tensor right = (predicted == labels).to(at::kDouble).flatten();
  const at::Tensor bin = (confidence * kBins).to(at::kLong).clamp(0, kBins - 1);
  const auto sums = [&](const at::Tensor& values) {
    return at::zeros({kBins}, at::kDouble).index_add_(0, bin, values);
  };
  const at::Tensor counts = sums(at::ones_like(confidence));
  const at::Tensor confidences = sums(confidence);
  const at::Tensor rights = sums(right);
  std::vector<ReliabilityBin> bins(kBins);
  for (int64_t i = 0; i < kBins; ++i) {
    const double count = counts[i].item<double>();
    if (count == 0) continue;
    bins[i].confidence = confidences[i].item<double>() / count;
    bins[i].accuracy = rights[i].item<double>() / count;
    bins[i].share = count / static_cast<double>(confidence.numel());
  }
  return bins;
}

double ExpectedCalibrationError(absl::Span<const ReliabilityBin> bins) {
  double error = 0;
  for (const ReliabilityBin& bin : bins) {
    error += bin.share * std::abs(bin.accuracy - bin.confidence);
  }
  return error;
}

double ExpectedCalibrationError(const at::Tensor& probabilities,
                                const at::Tensor& labels) {
  return ExpectedCalibrationError(Reliability(probabilities, labels));
}

}  // namespace hypergan::trainer
