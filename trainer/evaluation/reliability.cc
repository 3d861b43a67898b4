#include "trainer/evaluation/reliability.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

namespace hypergan::trainer {
namespace {

constexpr int64_t kBins = 15;

// Both float64 [R].
std::vector<ReliabilityBin> BinsOf(const at::Tensor& confidence,
                                   const at::Tensor& right) {
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

}  // namespace

std::vector<ReliabilityBin> Reliability(const at::Tensor& probabilities,
                                        const at::Tensor& labels) {
  const auto [largest, predicted] = probabilities.max(-1);  // [..., R]
  return BinsOf(largest.to(at::kDouble).flatten(),
                (predicted == labels).to(at::kDouble).flatten());
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

CalibrationFloor FloorOfCalibration(const at::Tensor& probabilities) {
  constexpr int kDraws = 200;
  constexpr uint64_t kSeed = 1;  // the same floor for the same probabilities
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
  const at::Tensor confidence =
      std::get<0>(probabilities.max(-1)).to(at::kDouble).to(at::kCPU).flatten();
  double sum = 0, squares = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const at::Tensor right =
        at::rand(confidence.sizes(), generator, at::kDouble) < confidence;
    const double error =
        ExpectedCalibrationError(BinsOf(confidence, right.to(at::kDouble)));
    sum += error;
    squares += error * error;
  }
  const double mean = sum / kDraws;
  return {mean, std::sqrt(std::max(0.0, squares / kDraws - mean * mean))};
}

}  // namespace hypergan::trainer
