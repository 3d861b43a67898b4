#include "hypergan/checkpoint/manifest.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/json_field.h"
#include "base/quoted.h"
#include "base/status_macros.h"

namespace hypergan {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMaxSize = int64_t{1} << 20;
constexpr double kMostTemperature = 64;
constexpr int64_t kMaxMembers = 10'000;
constexpr int64_t kMaxNetworks = int64_t{1} << 20;
constexpr size_t kMaxDimensions = 8;
constexpr size_t kMaxQuantiles = 100'000;
constexpr size_t kMaxOtherNetworks = 64;
// Ranks are products with the number of quantiles.
constexpr int64_t kMaxCalibrationRows = int64_t{1} << 40;
constexpr size_t kMaxNameBytes = 256;

absl::Status OutOfBounds(absl::string_view field, int64_t most, int64_t got) {
  return absl::InvalidArgumentError(
      absl::StrCat("manifest: ", field, ": expected 1..", most, ", got ", got));
}

absl::Status CheckBound(absl::string_view field, int64_t most, int64_t value) {
  return value >= 1 && value <= most ? absl::OkStatus()
                                     : OutOfBounds(field, most, value);
}

absl::Status CheckInputShape(const std::vector<int64_t>& shape) {
  HG_RETURN_IF_ERROR(CheckBound("dimensions of input_shape", kMaxDimensions,
                                static_cast<int64_t>(shape.size())));
  int64_t size = 1;
  for (int64_t dimension : shape) {
    HG_RETURN_IF_ERROR(CheckBound("input_shape", kMaxSize, dimension));
    size *= dimension;  // at most 2^40 here: checked each time round
    HG_RETURN_IF_ERROR(CheckBound("numbers in a row", kMaxSize, size));
  }
  return absl::OkStatus();
}

absl::Status CheckNames(absl::string_view field,
                        const std::vector<std::string>& names,
                        int64_t expected) {
  if (!names.empty() && std::ssize(names) != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("manifest: ", field, ": expected ", expected,
                     " or none, got ", names.size()));
  }
  for (const std::string& name : names) {
    if (name.size() > kMaxNameBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "manifest: ", field, ": a name is longer than ", kMaxNameBytes));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNoise(const Manifest& manifest) {
  const std::vector<double>& noise = manifest.noise_deviation;
  if (noise.empty()) return absl::OkStatus();
  const bool is_valid = std::all_of(
      noise.begin(), noise.end(),
      [](double value) { return std::isfinite(value) && value >= 0; });
  if (manifest.task != Task::kRegression ||
      std::ssize(noise) != manifest.num_outputs || !is_valid) {
    return absl::InvalidArgumentError(absl::StrCat(
        "manifest: noise_deviation: expected a number of at least 0 for each "
        "of the outputs of a regression, got ",
        noise.size(), " numbers"));
  }
  return absl::OkStatus();
}

absl::Status CheckPoolTemperature(const Manifest& manifest) {
  const double temperature = manifest.pool_temperature;
  if (temperature == 1) return absl::OkStatus();
  if (manifest.task == Task::kClassification &&
      temperature >= 1 / kMostTemperature && temperature <= kMostTemperature) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "manifest: pool_temperature: expected 1/", kMostTemperature, "..",
      kMostTemperature, " of a classification, got ", temperature));
}

absl::Status CheckLabelCalibration(const Manifest& manifest) {
  if (!manifest.label_calibration) return absl::OkStatus();
  const auto& [rows, quantiles] = *manifest.label_calibration;
  const bool is_valid =
      manifest.task == Task::kClassification && rows >= 1 &&
      rows <= kMaxCalibrationRows && !quantiles.empty() &&
      quantiles.size() <= kMaxQuantiles && std::ssize(quantiles) <= rows &&
      std::is_sorted(quantiles.begin(), quantiles.end()) &&
      std::all_of(quantiles.begin(), quantiles.end(),
                  [](double value) { return value >= 0 && value <= 1; });
  if (is_valid) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "manifest: label_calibration: expected, for a classification, rows and "
      "at most as many ascending quantiles in 0..1");
}

absl::Status CheckInputRange(const Manifest& manifest) {
  const InputRange& range = manifest.input_range;
  if (range.least.empty() && range.greatest.empty()) return absl::OkStatus();
  const auto size = static_cast<size_t>(manifest.input_shape.front());
  bool is_valid = range.least.size() == size && range.greatest.size() == size;
  for (size_t i = 0; is_valid && i < size; ++i) {
    is_valid = std::isfinite(range.least[i]) &&
               std::isfinite(range.greatest[i]) &&
               range.least[i] <= range.greatest[i];
  }
  if (is_valid) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "manifest: input_range: expected ", size,
      " finite numbers in least and in greatest, none above its partner"));
}

absl::Status CheckScoreName(absl::string_view field, absl::string_view name) {
  for (absl::string_view known : {"predictive_entropy", "expected_entropy",
                                  "mutual_information", "total_variance"}) {
    if (name == known) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("manifest: ", field,
                   ": expected predictive_entropy, expected_entropy, "
                   "mutual_information or total_variance, got ",
                   Quoted(std::string(name))));
}

absl::Status CheckQuantiles(int64_t networks,
                            const std::vector<double>& quantiles) {
  HG_RETURN_IF_ERROR(
      CheckBound("calibration networks", kMaxNetworks, networks));
  HG_RETURN_IF_ERROR(CheckBound("calibration quantiles", kMaxQuantiles,
                                static_cast<int64_t>(quantiles.size())));
  if (!std::is_sorted(quantiles.begin(), quantiles.end()) ||
      !std::all_of(quantiles.begin(), quantiles.end(),
                   [](double value) { return std::isfinite(value); })) {
    return absl::InvalidArgumentError(
        "manifest: calibration quantiles must be finite and ascending");
  }
  return absl::OkStatus();
}

absl::Status CheckOtherNetworks(const Calibration& calibration) {
  int64_t last = 0;
  for (const NetworkQuantiles& other : calibration.other_networks) {
    HG_RETURN_IF_ERROR(CheckQuantiles(other.networks, other.quantiles));
    if (other.networks <= last || other.networks == calibration.networks) {
      return absl::InvalidArgumentError(absl::StrCat(
          "manifest: calibration other_networks: expected ascending numbers of "
          "networks, none of them ",
          calibration.networks, ", got ", other.networks, " after ", last));
    }
    last = other.networks;
  }
  return absl::OkStatus();
}

absl::Status CheckOtherScores(const Calibration& calibration) {
  for (const ScoreQuantiles& other : calibration.other_scores) {
    HG_RETURN_IF_ERROR(CheckQuantiles(calibration.networks, other.quantiles));
    if (other.score == calibration.primary_score) {
      return absl::InvalidArgumentError(absl::StrCat(
          "manifest: calibration other_scores: expected other scores than the "
          "primary one, got ",
          Quoted(other.score)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCalibration(Task task, const Calibration& calibration) {
  HG_RETURN_IF_ERROR(
      CheckScoreName("primary_score", calibration.primary_score));
  if (task == Task::kRegression &&
      calibration.primary_score != "total_variance") {
    return absl::InvalidArgumentError(absl::StrCat(
        "manifest: primary_score: expected total_variance, the only score of a "
        "regression, got ",
        Quoted(calibration.primary_score)));
  }
  if (calibration.rows < 0 || calibration.rows > kMaxCalibrationRows) {
    return absl::InvalidArgumentError(
        absl::StrCat("manifest: calibration rows: expected 0..",
                     kMaxCalibrationRows, ", got ", calibration.rows));
  }
  HG_RETURN_IF_ERROR(
      CheckQuantiles(calibration.networks, calibration.quantiles));
  HG_RETURN_IF_ERROR(CheckOtherNetworks(calibration));
  HG_RETURN_IF_ERROR(CheckOtherScores(calibration));
  if (!(calibration.threshold >= 0 && calibration.threshold <= 1)) {
    return absl::InvalidArgumentError(
        "manifest: calibration threshold must be in 0..1");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NetworkQuantiles>> ParseOtherNetworks(
    const nlohmann::json& calibration) {
  constexpr char kField[] = "other_networks";
  std::vector<NetworkQuantiles> result;
  if (!calibration.is_object() || !calibration.contains(kField)) return result;
  const nlohmann::json& list = calibration.at(kField);
  if (!list.is_array() || list.size() > kMaxOtherNetworks) {
    return absl::InvalidArgumentError(
        absl::StrCat("manifest: calibration ", kField,
                     ": expected a list of at most ", kMaxOtherNetworks));
  }
  for (const nlohmann::json& json : list) {
    NetworkQuantiles& other = result.emplace_back();
    HG_ASSIGN_OR_RETURN(other.networks, JsonField<int64_t>(json, "networks"));
    HG_ASSIGN_OR_RETURN(other.quantiles,
                        JsonField<std::vector<double>>(json, "quantiles"));
  }
  return result;
}

absl::StatusOr<std::vector<ScoreQuantiles>> ParseOtherScores(
    const nlohmann::json& calibration) {
  constexpr char kField[] = "other_scores";
  std::vector<ScoreQuantiles> result;
  if (!calibration.contains(kField)) return result;
  const nlohmann::json& scores = calibration.at(kField);
  if (!scores.is_object()) {
    return absl::InvalidArgumentError(
        "manifest: calibration other_scores: expected an object of lists of "
        "numbers");
  }
  for (const auto& [name, json] : scores.items()) {
    // Ahead of its numbers, so that no more than the known names are read.
    HG_RETURN_IF_ERROR(CheckScoreName("calibration other_scores", name));
    ScoreQuantiles& other = result.emplace_back();
    other.score = name;
    HG_ASSIGN_OR_RETURN(other.quantiles,
                        JsonField<std::vector<double>>(scores, name.c_str()));
  }
  return result;
}

// `default_networks` is the model's default N.
absl::StatusOr<Calibration> ParseCalibration(Task task,
                                             int64_t default_networks,
                                             const nlohmann::json& json) {
  Calibration result;
  HG_ASSIGN_OR_RETURN(result.primary_score,
                      JsonField<std::string>(json, "primary_score"));
  HG_ASSIGN_OR_RETURN(result.rows, JsonField<int64_t>(json, "rows"));
  HG_ASSIGN_OR_RETURN(
      result.threshold,
      JsonField<double>(json, "threshold", Calibration().threshold));
  HG_ASSIGN_OR_RETURN(result.quantiles,
                      JsonField<std::vector<double>>(json, "quantiles"));
  HG_ASSIGN_OR_RETURN(result.networks,
                      JsonField<int64_t>(json, "networks", default_networks));
  HG_ASSIGN_OR_RETURN(result.other_networks, ParseOtherNetworks(json));
  HG_ASSIGN_OR_RETURN(result.other_scores, ParseOtherScores(json));
  HG_RETURN_IF_ERROR(CheckCalibration(task, result));
  result.rows = result.KnownRows();  // for scores and metrics alike
  return result;
}

absl::StatusOr<Task> ParseTask(const nlohmann::json& json) {
  HG_ASSIGN_OR_RETURN(std::string name, JsonField<std::string>(json, "task"));
  for (Task task : {Task::kClassification, Task::kRegression}) {
    if (name == TaskName(task)) return task;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "task: expected 'classification' or 'regression', got ", Quoted(name)));
}

// Sizes and names; what may be absent keeps its default.
absl::Status ParseFields(const nlohmann::json& json, Manifest& manifest) {
  using Text = std::string;
  using Numbers = std::vector<double>;
  HG_ASSIGN_OR_RETURN(int64_t version,
                      JsonField<int64_t>(json, "format_version"));
  if (version != kManifestFormatVersion) {
    return absl::InvalidArgumentError(absl::StrCat("format_version: expected ",
                                                   kManifestFormatVersion,
                                                   ", got ", version));
  }
  HG_ASSIGN_OR_RETURN(manifest.task, ParseTask(json));
  HG_ASSIGN_OR_RETURN(manifest.noise_size,
                      JsonField<int64_t>(json, "noise_size"));
  HG_ASSIGN_OR_RETURN(manifest.members,
                      JsonField<int64_t>(json, "members", manifest.members));
  HG_ASSIGN_OR_RETURN(manifest.input_shape,
                      JsonField<std::vector<int64_t>>(json, "input_shape"));
  HG_ASSIGN_OR_RETURN(manifest.num_outputs,
                      JsonField<int64_t>(json, "num_outputs"));
  HG_ASSIGN_OR_RETURN(manifest.default_num_networks,
                      JsonField<int64_t>(json, "default_num_networks",
                                         manifest.default_num_networks));
  HG_ASSIGN_OR_RETURN(
      manifest.class_names,
      JsonField<std::vector<Text>>(json, "class_names", std::vector<Text>()));
  HG_ASSIGN_OR_RETURN(
      manifest.pool_temperature,
      JsonField<double>(json, "pool_temperature", manifest.pool_temperature));
  HG_ASSIGN_OR_RETURN(manifest.noise_deviation,
                      JsonField<Numbers>(json, "noise_deviation", Numbers()));
  HG_ASSIGN_OR_RETURN(
      manifest.input_names,
      JsonField<std::vector<Text>>(json, "input_names", std::vector<Text>()));
  HG_ASSIGN_OR_RETURN(
      manifest.output_names,
      JsonField<std::vector<Text>>(json, "output_names", std::vector<Text>()));
  if (json.contains("label_calibration")) {
    const nlohmann::json& labels = json.at("label_calibration");
    LabelCalibration& result = manifest.label_calibration.emplace();
    HG_ASSIGN_OR_RETURN(result.rows, JsonField<int64_t>(labels, "rows"));
    HG_ASSIGN_OR_RETURN(result.quantiles,
                        JsonField<Numbers>(labels, "quantiles"));
  }
  if (json.contains("input_range")) {
    const nlohmann::json& range = json.at("input_range");
    HG_ASSIGN_OR_RETURN(manifest.input_range.least,
                        JsonField<Numbers>(range, "least"));
    HG_ASSIGN_OR_RETURN(manifest.input_range.greatest,
                        JsonField<Numbers>(range, "greatest"));
  }
  HG_ASSIGN_OR_RETURN(manifest.provenance,
                      (JsonField<std::map<Text, Text>>(
                          json, "provenance", std::map<Text, Text>())));
  HG_ASSIGN_OR_RETURN(manifest.validation,
                      (JsonField<std::map<Text, double>>(
                          json, "validation", std::map<Text, double>())));
  return absl::OkStatus();
}

// The target network is free text for a foreign checkpoint and a description
// (an object with a name) for one of ours.
absl::Status ParseTarget(const nlohmann::json& json, Manifest& manifest) {
  if (!json.contains("target_network")) return absl::OkStatus();
  const nlohmann::json& target = json.at("target_network");
  if (target.is_string()) {
    manifest.target_network = target.get<std::string>();
    return absl::OkStatus();
  }
  HG_ASSIGN_OR_RETURN(manifest.target_network,
                      JsonField<std::string>(target, "name"));
  manifest.target_network_json = target.dump();
  return absl::OkStatus();
}

absl::Status CheckBounds(const Manifest& manifest) {
  HG_RETURN_IF_ERROR(
      CheckBound("noise_size", kMaxNoiseSize, manifest.noise_size));
  HG_RETURN_IF_ERROR(CheckBound("members", kMaxMembers, manifest.members));
  HG_RETURN_IF_ERROR(CheckBound("num_outputs", kMaxSize, manifest.num_outputs));
  HG_RETURN_IF_ERROR(CheckBound("default_num_networks", kMaxNetworks,
                                manifest.default_num_networks));
  HG_RETURN_IF_ERROR(CheckInputShape(manifest.input_shape));
  HG_RETURN_IF_ERROR(CheckNoise(manifest));
  HG_RETURN_IF_ERROR(CheckPoolTemperature(manifest));
  HG_RETURN_IF_ERROR(CheckLabelCalibration(manifest));
  HG_RETURN_IF_ERROR(CheckInputRange(manifest));
  HG_RETURN_IF_ERROR(
      CheckNames("input_names", manifest.input_names, manifest.RowSize()));
  HG_RETURN_IF_ERROR(
      CheckNames("output_names", manifest.output_names, manifest.num_outputs));
  return CheckNames("class_names", manifest.class_names, manifest.num_outputs);
}

Json CalibrationToJson(const Calibration& calibration) {
  Json json = {{"primary_score", calibration.primary_score},
               {"rows", calibration.rows},
               {"threshold", calibration.threshold},
               {"networks", calibration.networks},
               {"quantiles", calibration.quantiles}};
  for (const NetworkQuantiles& other : calibration.other_networks) {
    json["other_networks"].push_back(
        {{"networks", other.networks}, {"quantiles", other.quantiles}});
  }
  for (const ScoreQuantiles& other : calibration.other_scores) {
    json["other_scores"][other.score] = other.quantiles;
  }
  return json;
}

}  // namespace

absl::string_view TaskName(Task task) {
  return task == Task::kClassification ? "classification" : "regression";
}

int64_t Manifest::RowSize() const {
  int64_t size = 1;
  for (int64_t dimension : input_shape) size *= dimension;
  return size;
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view text) {
  if (text.size() > kMaxManifestBytes) {
    return absl::InvalidArgumentError(absl::StrCat("manifest: ", text.size(),
                                                   " bytes, expected at most ",
                                                   kMaxManifestBytes));
  }
  HG_ASSIGN_OR_RETURN(nlohmann::json json, ParseJson(text, "manifest"));
  Manifest manifest;
  HG_RETURN_IF_ERROR(ParseFields(json, manifest));
  HG_RETURN_IF_ERROR(ParseTarget(json, manifest));
  HG_RETURN_IF_ERROR(CheckBounds(manifest));
  if (json.contains("calibration") && !json.at("calibration").is_null()) {
    HG_ASSIGN_OR_RETURN(
        manifest.calibration,
        ParseCalibration(manifest.task, manifest.default_num_networks,
                         json.at("calibration")));
  }
  return manifest;
}

std::string ManifestToJson(const Manifest& manifest) {
  Json json;
  json["format_version"] = manifest.format_version;
  json["task"] = std::string(TaskName(manifest.task));
  json["noise_size"] = manifest.noise_size;
  if (manifest.members > 1) json["members"] = manifest.members;
  json["input_shape"] = manifest.input_shape;
  json["num_outputs"] = manifest.num_outputs;
  json["class_names"] = manifest.class_names;
  json["default_num_networks"] = manifest.default_num_networks;
  if (manifest.target_network_json.empty()) {
    json["target_network"] = manifest.target_network;
  } else {
    json["target_network"] = Json::parse(manifest.target_network_json);
  }
  if (manifest.calibration) {
    json["calibration"] = CalibrationToJson(*manifest.calibration);
  }
  if (!manifest.noise_deviation.empty()) {
    json["noise_deviation"] = manifest.noise_deviation;
  }
  if (manifest.pool_temperature != 1) {
    json["pool_temperature"] = manifest.pool_temperature;
  }
  if (manifest.label_calibration) {
    json["label_calibration"] = {
        {"rows", manifest.label_calibration->rows},
        {"quantiles", manifest.label_calibration->quantiles}};
  }
  if (!manifest.input_range.least.empty()) {
    json["input_range"] = {{"least", manifest.input_range.least},
                           {"greatest", manifest.input_range.greatest}};
  }
  if (!manifest.input_names.empty()) {
    json["input_names"] = manifest.input_names;
  }
  if (!manifest.output_names.empty()) {
    json["output_names"] = manifest.output_names;
  }
  json["provenance"] = manifest.provenance;
  json["validation"] = manifest.validation;
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hypergan
