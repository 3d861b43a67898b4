#include "client/wire.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace hypergan::client {
namespace {

// Tensors travel as little-endian float32 and are copied as they are.
static_assert(std::endian::native == std::endian::little);
static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);

constexpr size_t kMaxErrorBytes = 1024;

v1::Output ToMessage(Output output) {
  switch (output) {
    case Output::kMean:
      return v1::OUTPUT_MEAN;
    case Output::kVariance:
      return v1::OUTPUT_VARIANCE;
    case Output::kScores:
      return v1::OUTPUT_SCORES;
    case Output::kClasses:
      return v1::OUTPUT_CLASSES;
  }
  return v1::OUTPUT_UNSPECIFIED;
}

std::vector<float> Values(const v1::Tensor& tensor) {
  if (tensor.raw().empty()) {
    return {tensor.values().begin(), tensor.values().end()};
  }
  std::vector<float> values(tensor.raw().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw().data(),
              values.size() * sizeof(float));
  return values;
}

absl::Status Malformed(const char* what, const std::string& expected,
                       const std::string& got) {
  return absl::InternalError(absl::StrCat(
      "malformed answer: ", what, ": expected ", expected, ", got ", got));
}

// Is `count` the product of `shape`, and not nothing? Never overflows.
bool Fills(const std::vector<int64_t>& shape, uint64_t count) {
  uint64_t size = 1;
  for (int64_t dimension : shape) {
    if (dimension < 1 || size > count / static_cast<uint64_t>(dimension)) {
      return false;
    }
    size *= static_cast<uint64_t>(dimension);
  }
  return size == count;
}

// Checks that `tensor` is [leading..., K], for the K of the tensors before it,
// or settles K if it is the first.
absl::Status TakeTensor(const v1::Tensor& tensor, const char* what,
                        std::vector<int64_t> leading, int64_t& num_outputs,
                        std::vector<float>& values) {
  const auto& shape = tensor.shape();
  if (num_outputs == 0 && !shape.empty()) num_outputs = *shape.rbegin();
  leading.push_back(num_outputs);
  values = Values(tensor);
  const bool same =
      std::equal(shape.begin(), shape.end(), leading.begin(), leading.end());
  if (same && Fills(leading, values.size())) return absl::OkStatus();
  return Malformed(what, absl::StrCat("[", absl::StrJoin(leading, ", "), "]"),
                   absl::StrCat("[", absl::StrJoin(shape, ", "), "] with ",
                                values.size(), " numbers"));
}

absl::Status TakeTensors(const v1::PredictResponse& response, Prediction& out) {
  if (response.has_mean()) {
    HG_RETURN_IF_ERROR(TakeTensor(response.mean(), "mean", {out.rows},
                                  out.num_outputs, out.mean));
  }
  if (response.has_variance()) {
    HG_RETURN_IF_ERROR(TakeTensor(response.variance(), "variance", {out.rows},
                                  out.num_outputs, out.variance));
  }
  const std::vector<std::pair<const v1::Tensor*, std::vector<float>*>> more = {
      {response.has_noise_variance() ? &response.noise_variance() : nullptr,
       &out.noise_variance},
      {response.has_predictive_variance() ? &response.predictive_variance()
                                          : nullptr,
       &out.predictive_variance},
      {response.has_interval_low() ? &response.interval_low() : nullptr,
       &out.interval_low},
      {response.has_interval_high() ? &response.interval_high() : nullptr,
       &out.interval_high}};
  for (const auto& [tensor, values] : more) {
    if (tensor == nullptr) continue;
    HG_RETURN_IF_ERROR(TakeTensor(*tensor, "noise or interval", {out.rows},
                                  out.num_outputs, *values));
  }
  if (out.interval_low.size() != out.interval_high.size()) {
    return Malformed("intervals", "two ends", "one");
  }
  if (response.has_network_outputs()) {
    HG_RETURN_IF_ERROR(TakeTensor(response.network_outputs(), "network_outputs",
                                  {out.num_networks, out.rows}, out.num_outputs,
                                  out.network_outputs));
  }
  return absl::OkStatus();
}

absl::Status CheckCount(const char* what, int64_t count, int64_t rows) {
  if (count == 0 || count == rows) return absl::OkStatus();
  return Malformed(what, absl::StrCat("one a row, ", rows, " in all"),
                   absl::StrCat(count));
}

RowScores FromMessage(const v1::Scores& message) {
  RowScores scores;
  if (message.has_total_variance()) {
    scores.total_variance = message.total_variance();
  }
  if (message.has_predictive_entropy()) {
    scores.predictive_entropy = message.predictive_entropy();
  }
  if (message.has_expected_entropy()) {
    scores.expected_entropy = message.expected_entropy();
  }
  if (message.has_mutual_information()) {
    scores.mutual_information = message.mutual_information();
  }
  if (message.has_max_probability()) {
    scores.max_probability = message.max_probability();
  }
  if (message.has_ood_score()) scores.ood_score = message.ood_score();
  if (message.has_is_ood()) scores.is_ood = message.is_ood();
  return scores;
}

absl::Duration FromMessage(const google::protobuf::Duration& message) {
  return absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

Sampling FromMessage(v1::Sampling sampling) {
  switch (sampling) {
    case v1::SAMPLING_SEEDED:
      return Sampling::kSeeded;
    case v1::SAMPLING_FRESH:
      return Sampling::kFresh;
    case v1::SAMPLING_POOL:
      return Sampling::kPool;
    default:
      return Sampling::kUnknown;
  }
}

StopReason FromMessage(v1::StopReason reason) {
  switch (reason) {
    case v1::STOP_REASON_ALL_NETWORKS:
      return StopReason::kAllNetworks;
    case v1::STOP_REASON_TARGET_REACHED:
      return StopReason::kTargetReached;
    case v1::STOP_REASON_MAX_NETWORKS:
      return StopReason::kMaxNetworks;
    case v1::STOP_REASON_DEADLINE:
      return StopReason::kDeadline;
    default:
      return StopReason::kNotYet;
  }
}

Manifest FromMessage(const v1::Manifest& message) {
  Manifest manifest;
  manifest.format_version = message.format_version();
  manifest.task = message.task() == v1::TASK_REGRESSION ? Task::kRegression
                                                        : Task::kClassification;
  manifest.noise_size = message.noise_size();
  manifest.members = std::max<int64_t>(1, message.members());
  if (message.pool_temperature() > 0) {
    manifest.pool_temperature = message.pool_temperature();
  }
  manifest.input_shape.assign(message.input_shape().begin(),
                              message.input_shape().end());
  manifest.num_outputs = message.num_outputs();
  manifest.class_names.assign(message.class_names().begin(),
                              message.class_names().end());
  manifest.default_num_networks = message.default_num_networks();
  manifest.target_network = message.target_network();
  if (message.has_calibration()) {
    const v1::Calibration& calibration = message.calibration();
    manifest.calibration =
        Calibration{.primary_score = calibration.primary_score(),
                    .rows = calibration.rows(),
                    .threshold = calibration.threshold(),
                    .quantiles = {calibration.quantiles().begin(),
                                  calibration.quantiles().end()}};
    // An older server does not tell.
    manifest.calibration->networks = calibration.networks() > 0
                                         ? calibration.networks()
                                         : manifest.default_num_networks;
    for (const v1::NetworkQuantiles& other : calibration.other_networks()) {
      manifest.calibration->other_networks.push_back(
          {other.networks(),
           {other.quantiles().begin(), other.quantiles().end()}});
    }
  }
  manifest.noise_deviation.assign(message.noise_deviation().begin(),
                                  message.noise_deviation().end());
  manifest.input_range = {
      {message.input_least().begin(), message.input_least().end()},
      {message.input_greatest().begin(), message.input_greatest().end()}};
  manifest.input_names.assign(message.input_names().begin(),
                              message.input_names().end());
  manifest.output_names.assign(message.output_names().begin(),
                               message.output_names().end());
  manifest.provenance = {message.provenance().begin(),
                         message.provenance().end()};
  manifest.validation = {message.validation().begin(),
                         message.validation().end()};
  return manifest;
}

}  // namespace

absl::Status ToAbslStatus(const grpc::Status& status) {
  // gRPC's codes and Abseil's are the same numbers.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message().substr(0, kMaxErrorBytes));
}

v1::PredictRequest ToRequest(const Query& query) {
  return ToRequest(query, 0, query.input_shape.front());
}

v1::PredictRequest ToRequest(const Query& query, int64_t first, int64_t count) {
  v1::PredictRequest request;
  request.set_model_name(query.model);
  request.set_model_version(query.model_version);
  v1::Tensor& inputs = *request.mutable_inputs();
  inputs.mutable_shape()->Assign(query.input_shape.begin(),
                                 query.input_shape.end());
  inputs.set_shape(0, count);
  const size_t row_size = query.inputs.size() / query.input_shape.front();
  inputs.set_raw(query.inputs.data() + first * row_size,
                 count * row_size * sizeof(float));
  request.set_num_networks(query.num_networks);
  if (query.seed.has_value()) request.set_seed(*query.seed);
  for (Output output : query.outputs) request.add_outputs(ToMessage(output));
  request.set_include_network_outputs(query.network_outputs);
  if (query.target_standard_error) {
    request.set_target_standard_error(*query.target_standard_error);
  }
  if (query.max_networks) request.set_max_networks(*query.max_networks);
  request.set_allow_partial(query.allow_partial);
  if (query.coverage) request.set_coverage(*query.coverage);
  return request;
}

absl::StatusOr<Prediction> FromResponse(const v1::PredictResponse& response,
                                        int64_t rows) {
  Prediction prediction;
  prediction.model = response.model_name();
  prediction.model_version = response.model_version();
  if (response.has_seed()) prediction.seed = response.seed();
  prediction.num_networks = response.num_networks();
  prediction.sampling_mode = FromMessage(response.sampling());
  prediction.stop_reason = FromMessage(response.stop_reason());
  if (response.has_largest_standard_error()) {
    prediction.largest_standard_error = response.largest_standard_error();
  }
  prediction.rows = rows;
  HG_RETURN_IF_ERROR(TakeTensors(response, prediction));
  HG_RETURN_IF_ERROR(CheckCount("scores", response.scores_size(), rows));
  HG_RETURN_IF_ERROR(CheckCount("classes", response.classes_size(), rows));
  HG_RETURN_IF_ERROR(
      CheckCount("prediction_sets", response.prediction_sets_size(), rows));
  for (const v1::PredictionSet& set : response.prediction_sets()) {
    prediction.prediction_sets.emplace_back(set.classes().begin(),
                                            set.classes().end());
  }
  prediction.warnings.assign(response.warnings().begin(),
                             response.warnings().end());
  for (const v1::Scores& scores : response.scores()) {
    prediction.scores.push_back(FromMessage(scores));
  }
  for (const v1::PredictedClass& predicted : response.classes()) {
    prediction.classes.push_back({predicted.index(), predicted.name()});
  }
  prediction.queue = FromMessage(response.timing().queue());
  prediction.sampling = FromMessage(response.timing().sampling());
  prediction.prediction = FromMessage(response.timing().prediction());
  return prediction;
}

Model FromMessage(const v1::Model& message) {
  Model model;
  model.name = message.name();
  model.version = message.version();
  model.manifest = FromMessage(message.manifest());
  model.manifest_json = message.manifest_json();
  model.max_networks = message.max_networks();
  model.max_rows = message.max_rows();
  model.max_row_networks = message.max_row_networks();
  model.max_request_bytes = message.max_request_bytes();
  model.max_response_bytes = message.max_response_bytes();
  return model;
}

}  // namespace hypergan::client
