#include "trainer/evaluation/temperature.h"

#include <torch/script.h>

#include <cmath>
#include <numbers>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/target_network.h"
#include "trainer/evaluation/evaluation.h"

namespace hypergan::trainer {
namespace {

constexpr char kTemperature[] = "temperature";

}  // namespace

double FitTemperature(const at::Tensor& probabilities,
                      const at::Tensor& labels) {
  constexpr double kTolerance = 1e-4;  // of log T
  // They stand for the logits, from which they differ by a number a row.
  const at::Tensor log_p = LogProbabilities(probabilities);
  const auto loss = [&](double log_temperature) {
    return NegativeLogLikelihood(
        (log_p / std::exp(log_temperature)).softmax(-1).mean(0), labels);
  };
  // Golden-section search.
  constexpr double kShrink = 1 / std::numbers::phi;
  double low = -std::log(8), high = std::log(8);
  double left = high - kShrink * (high - low);
  double right = low + kShrink * (high - low);
  double left_loss = loss(left), right_loss = loss(right);
  while (high - low > kTolerance) {
    if (left_loss < right_loss) {
      high = right;
      right = left;
      right_loss = left_loss;
      left = high - kShrink * (high - low);
      left_loss = loss(left);
    } else {
      low = left;
      left = right;
      left_loss = right_loss;
      right = low + kShrink * (high - low);
      right_loss = loss(right);
    }
  }
  return std::exp((low + high) / 2);
}

at::Tensor Untempered(const at::Tensor& probabilities, double temperature) {
  if (temperature == 1) return probabilities;
  return (LogProbabilities(probabilities) * temperature)
      .softmax(-1)
      .to(probabilities.scalar_type());
}

double TemperatureOf(const Manifest& manifest) {
  const auto found = manifest.provenance.find(kTemperature);
  double temperature = 1;
  const bool is_tempered = found != manifest.provenance.end() &&
                           absl::SimpleAtod(found->second, &temperature) &&
                           temperature > 0;
  return is_tempered ? temperature : 1;
}

void SetTemperature(double temperature, Manifest* manifest) {
  manifest->provenance[kTemperature] = absl::StrCat(temperature);
}

absl::Status DivideLogits(double temperature, Checkpoint* checkpoint) {
  Manifest& manifest = checkpoint->manifest;
  HG_ASSIGN_OR_RETURN(TargetNetwork target,
                      ParseTargetNetwork(manifest.target_network_json));
  const auto outputs = static_cast<size_t>(target.NumOutputs());
  target.output_mean.resize(outputs, 0);
  target.output_deviation.resize(outputs, 1);
  for (double& each : target.output_deviation) each /= temperature;
  manifest.target_network_json = TargetNetworkToJson(target);
  return TorchGuard("tempering", [&] {
    torch::NoGradGuard no_grad;
    const at::Tensor deviation =
        checkpoint->module.attr("output_deviation").toTensor();
    deviation.copy_(torch::tensor(target.output_deviation));
    return absl::OkStatus();
  });
}

}  // namespace hypergan::trainer
