#include "server/rpc/v1/prediction_codec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/rpc/v1/tensor_codec.h"

namespace hypergan::server {
namespace {

// The switch of an output; null for what is no output's name.
bool* Switch(int output, WantedOutputs& wanted) {
  switch (output) {
    case v1::OUTPUT_MEAN:
      return &wanted.mean;
    case v1::OUTPUT_VARIANCE:
      return &wanted.variance;
    case v1::OUTPUT_SCORES:
      return &wanted.scores;
    case v1::OUTPUT_CLASSES:
      return &wanted.classes;
    default:
      return nullptr;
  }
}

void EncodeScores(const RowScores& row, v1::Scores* message) {
  const auto set = [message](void (v1::Scores::*setter)(double), double value) {
    if (!std::isnan(value)) (message->*setter)(value);
  };
  set(&v1::Scores::set_predictive_entropy, row.predictive_entropy);
  set(&v1::Scores::set_expected_entropy, row.expected_entropy);
  set(&v1::Scores::set_mutual_information, row.mutual_information);
  set(&v1::Scores::set_total_variance, row.total_variance);
  set(&v1::Scores::set_max_probability, row.max_probability);
  set(&v1::Scores::set_ood_score, row.ood_score);
  if (row.is_ood) message->set_is_ood(*row.is_ood);
}

void EncodeClass(absl::Span<const float> probabilities,
                 const Manifest& manifest, v1::PredictedClass* message) {
  const auto greatest =
      std::max_element(probabilities.begin(), probabilities.end());
  const auto index = greatest - probabilities.begin();
  message->set_index(static_cast<int32_t>(index));
  if (!manifest.class_names.empty()) {
    message->set_name(manifest.class_names[index]);
  }
}

void EncodeClasses(absl::Span<const float> mean, const Manifest& manifest,
                   v1::PredictResponse* response) {
  if (manifest.task != Task::kClassification) return;
  const auto outputs = static_cast<size_t>(manifest.num_outputs);
  for (; !mean.empty(); mean.remove_prefix(outputs)) {
    EncodeClass(mean.subspan(0, outputs), manifest, response->add_classes());
  }
}

void EncodeDuration(absl::Duration duration,
                    google::protobuf::Duration* message) {
  message->set_seconds(
      absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message->set_nanos(static_cast<int32_t>(
      absl::IDivDuration(duration, absl::Nanoseconds(1), &duration)));
}

v1::Sampling SamplingMessage(Sampling sampling) {
  switch (sampling) {
    case Sampling::kSeeded:
      return v1::SAMPLING_SEEDED;
    case Sampling::kFresh:
      return v1::SAMPLING_FRESH;
    case Sampling::kPool:
      return v1::SAMPLING_POOL;
  }
  return v1::SAMPLING_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<WantedOutputs> DecodeWantedOutputs(
    const v1::PredictRequest& request) {
  if (request.outputs().empty()) return WantedOutputs{true, true, true, true};
  WantedOutputs wanted;
  for (const int output : request.outputs()) {
    bool* const is_wanted = Switch(output, wanted);
    if (is_wanted == nullptr || *is_wanted) {
      return absl::InvalidArgumentError(absl::StrCat(
          "outputs: expected each output at most once, got ",
          is_wanted == nullptr ? "the unknown " : "twice ", output));
    }
    *is_wanted = true;
  }
  return wanted;
}

void EncodeResponse(const ServedModel& model, const Answer& answer,
                    const WantedOutputs& wanted,
                    v1::PredictResponse* response) {
  const Manifest& manifest = model.engine->manifest();
  const EnsemblePrediction& prediction = answer.prediction;
  const auto rows = static_cast<int64_t>(prediction.scores.size());
  const int64_t outputs = manifest.num_outputs;
  response->set_model_name(model.name);
  response->set_model_version(absl::StrCat(model.version));
  if (answer.seed) response->set_seed(*answer.seed);
  response->set_num_networks(answer.num_networks);
  response->set_sampling(SamplingMessage(answer.sampling));
  if (std::isfinite(answer.largest_standard_error)) {
    response->set_largest_standard_error(answer.largest_standard_error);
  }
  if (wanted.mean) {
    EncodeTensor({rows, outputs}, prediction.mean, response->mutable_mean());
  }
  if (wanted.variance) {
    EncodeTensor({rows, outputs}, prediction.variance,
                 response->mutable_variance());
  }
  if (wanted.scores) {
    for (const RowScores& row : prediction.scores) {
      EncodeScores(row, response->add_scores());
    }
  }
  if (wanted.classes) EncodeClasses(prediction.mean, manifest, response);
  if (!prediction.network_outputs.empty()) {
    EncodeTensor({answer.num_networks, rows, outputs},
                 prediction.network_outputs,
                 response->mutable_network_outputs());
  }
  v1::Timing& timing = *response->mutable_timing();
  EncodeDuration(answer.queued, timing.mutable_queue());
  EncodeDuration(answer.drawing, timing.mutable_sampling());
  EncodeDuration(answer.asking, timing.mutable_prediction());
}

void EncodeStopReason(const Answer& answer, v1::PredictResponse* response) {
  switch (answer.stop) {
    case StopReason::kAllNetworks:
      return response->set_stop_reason(v1::STOP_REASON_ALL_NETWORKS);
    case StopReason::kTargetReached:
      return response->set_stop_reason(v1::STOP_REASON_TARGET_REACHED);
    case StopReason::kMaxNetworks:
      return response->set_stop_reason(v1::STOP_REASON_MAX_NETWORKS);
    case StopReason::kDeadline:
      return response->set_stop_reason(v1::STOP_REASON_DEADLINE);
  }
}

}  // namespace hypergan::server
