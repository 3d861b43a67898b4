#include "client/cli/views/json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_field.h"
#include "base/json_integer.h"
#include "client/cli/explanation.h"

namespace hypergan::client {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const Json& json) {
  // Names may hold bytes that are no UTF-8: replaced, never thrown at.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <typename T>
void Set(Json& json, const char* name, const std::optional<T>& value) {
  if (value.has_value()) json[name] = *value;
}

// `count` numbers from `begin` on.
template <typename T>
Json Slice(const std::vector<T>& values, int64_t begin, int64_t count) {
  return std::vector<T>(values.begin() + begin, values.begin() + begin + count);
}

// The same of values that are there or not.
void SetSlice(Json& json, const char* name, const std::vector<float>& values,
              int64_t begin, int64_t count) {
  if (!values.empty()) json[name] = Slice(values, begin, count);
}

Json ScoresObject(const RowScores& scores) {
  Json json = Json::object();  // also of one network of a regression
  Set(json, "predictive_entropy", scores.predictive_entropy);
  Set(json, "expected_entropy", scores.expected_entropy);
  Set(json, "mutual_information", scores.mutual_information);
  Set(json, "total_variance", scores.total_variance);
  Set(json, "max_probability", scores.max_probability);
  Set(json, "ood_score", scores.ood_score);
  Set(json, "is_ood", scores.is_ood);
  return json;
}

// [N, K] of one row.
Json NetworkOutputs(const Prediction& prediction, int64_t row) {
  Json networks = Json::array();
  const int64_t outputs = prediction.num_outputs;
  for (int64_t n = 0; n < prediction.num_networks; ++n) {
    networks.push_back(Slice(prediction.network_outputs,
                             (n * prediction.rows + row) * outputs, outputs));
  }
  return networks;
}

Json RowObject(const Answer& answer, int64_t i) {
  const Prediction& prediction = answer.prediction;
  const int64_t outputs = prediction.num_outputs;
  Json json;
  json["row"] = answer.rows[i];
  if (!prediction.classes.empty()) {
    const PredictedClass& predicted = prediction.classes[i];
    json["class"] = {{"index", predicted.index}, {"name", predicted.name}};
  }
  Set(json, "label", answer.Label(i));
  if (answer.dataset.target_size == outputs &&
      !answer.dataset.targets.empty()) {
    json["target"] =
        Slice(answer.dataset.targets, answer.rows[i] * outputs, outputs);
  }
  json["mean"] = Slice(prediction.mean, i * outputs, outputs);
  json["variance"] = Slice(prediction.variance, i * outputs, outputs);
  SetSlice(json, "noise_variance", prediction.noise_variance, i * outputs,
           outputs);
  SetSlice(json, "predictive_variance", prediction.predictive_variance,
           i * outputs, outputs);
  SetSlice(json, "interval_low", prediction.interval_low, i * outputs, outputs);
  SetSlice(json, "interval_high", prediction.interval_high, i * outputs,
           outputs);
  if (!prediction.prediction_sets.empty()) {
    json["prediction_set"] = prediction.prediction_sets[i];
  }
  json["scores"] = ScoresObject(prediction.scores[i]);
  if (!prediction.network_outputs.empty()) {
    json["network_outputs"] = NetworkOutputs(prediction, i);
  }
  return json;
}

const char* StopName(StopReason reason) {
  switch (reason) {
    case StopReason::kNotYet:
      return "not_yet";
    case StopReason::kAllNetworks:
      return "all_networks";
    case StopReason::kTargetReached:
      return "target_reached";
    case StopReason::kMaxNetworks:
      return "max_networks";
    case StopReason::kDeadline:
      return "deadline";
  }
  return "";
}

// Which networks answered.
Json Heading(const Prediction& prediction) {
  Json json = {{"model", prediction.model},
               {"model_version", prediction.model_version},
               {"num_networks", JsonInteger(prediction.num_networks)},
               {"stop_reason", StopName(prediction.stop_reason)}};
  if (prediction.seed) json["seed"] = JsonInteger(*prediction.seed);
  Set(json, "largest_standard_error", prediction.largest_standard_error);
  return json;
}

Json ModelObject(const Model& model) {
  // The manifest as the checkpoint has it, if it can be read.
  Json manifest = Json::parse(
      NestsTooDeep(model.manifest_json) ? "" : model.manifest_json, nullptr,
      /*allow_exceptions=*/false);
  return {{"name", model.name},
          {"version", model.version},
          {"max_networks", JsonInteger(model.max_networks)},
          {"max_rows", JsonInteger(model.max_rows)},
          {"manifest", manifest.is_discarded() ? Json() : manifest}};
}

Json SampleObject(const ScoreSample& sample) {
  return {{"mean", sample.mean}, {"deviation", sample.deviation}};
}

Json AnswerObject(const Answer& answer) {
  Json json = Heading(answer.prediction);
  Set(json, "accuracy", answer.Accuracy());
  Set(json, "rmse", answer.Rmse());
  if (const std::string lack = answer.LackForOod(); !lack.empty()) {
    json["notes"] = {lack};
  }
  if (!answer.prediction.warnings.empty()) {
    json["warnings"] = answer.prediction.warnings;
  }
  json["rows"] = Json::array();
  for (int64_t i = 0; i < answer.prediction.rows; ++i) {
    json["rows"].push_back(RowObject(answer, i));
  }
  json["timing_seconds"] = {
      {"queue", absl::ToDoubleSeconds(answer.prediction.queue)},
      {"sampling", absl::ToDoubleSeconds(answer.prediction.sampling)},
      {"prediction", absl::ToDoubleSeconds(answer.prediction.prediction)}};
  return json;
}

}  // namespace

std::string AnswerJson(const Answer& answer) {
  return Text(AnswerObject(answer));
}

std::string ExplanationJson(const Answer& answer) {
  Json json = AnswerObject(answer);
  Json& row = json["rows"][0];
  if (answer.model.manifest.task == Task::kClassification) {
    row["votes"] = Votes(answer, 0);
  }
  const std::optional<Calibration>& calibration =
      answer.model.manifest.calibration;
  if (calibration) {
    json["calibration"] = {{"primary_score", calibration->primary_score},
                           {"rows", JsonInteger(calibration->rows)},
                           {"threshold", calibration->threshold}};
  }
  return Text(json);
}

std::string ModelsJson(const std::vector<Model>& models) {
  Json list = Json::array();
  for (const Model& model : models) list.push_back(ModelObject(model));
  return Text({{"models", list}});
}

std::string ComparisonJson(const std::vector<ScoreComparison>& comparisons,
                           const Prediction& prediction,
                           const std::string& inside,
                           const std::string& outside) {
  Json json = Heading(prediction);
  json["inside"] = inside;
  json["outside"] = outside;
  for (const ScoreComparison& comparison : comparisons) {
    json["rows"] = {{"inside", comparison.inside.values.size()},
                    {"outside", comparison.outside.values.size()}};
    json["scores"][comparison.name] = {
        {"inside", SampleObject(comparison.inside)},
        {"outside", SampleObject(comparison.outside)},
        {"auroc", comparison.auroc}};
  }
  return Text(json);
}

}  // namespace hypergan::client
