#include "trainer/loop/training_options.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "data/limits.h"
#include "nlohmann/json.hpp"
#include "trainer/methods/method.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMany = 1'000'000;

template <typename Number>
absl::Status CheckRange(absl::string_view flag, Number value, Number least,
                        Number most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--", flag, ": expected ", least, "..", most, ", got ", value));
}

// All that is missing at once, with what it would be.
absl::Status CheckPresent(const TrainingOptions& o) {
  std::vector<std::string> missing;
  if (o.data.empty()) missing.push_back("--data=FILE_OR_FOLDER");
  if (o.model_repository.empty()) {
    missing.push_back("--model_repository=FOLDER");
  }
  if (o.model.empty()) missing.push_back("--model=NAME");
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "missing: ", absl::StrJoin(missing, " "), "; see train --help"));
}

// What a step is, and how many there are.
absl::Status CheckSteps(const TrainingOptions& o) {
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("epochs", o.epochs, 1, kMany));
  HG_RETURN_IF_ERROR(CheckRange("minutes", o.minutes, 0.0, 1e5));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("networks", o.networks, 1, 10'000));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("batch_size", o.batch_size, 1, kMany));
  HG_RETURN_IF_ERROR(
      CheckRange<int64_t>("committee", o.committee, 0, o.networks));
  if (o.committee > 0 && o.networks % o.committee != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--committee: expected a divisor of the ", o.networks,
                     " networks of a step, got ", o.committee));
  }
  HG_RETURN_IF_ERROR(CheckRange("learning_rate", o.learning_rate, 0.0, 1.0));
  HG_RETURN_IF_ERROR(
      CheckRange("last_learning_rate", o.last_learning_rate, 0.0, 1.0));
  HG_RETURN_IF_ERROR(CheckRange("discriminator_learning_rate",
                                o.discriminator_learning_rate, 0.0, 1.0));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("codes", o.codes, 0, 10'000));
  return CheckRange<int64_t>("discriminator_width", o.discriminator_width, 1,
                             65'536);
}

// What is trained, and to which end.
absl::Status CheckObjective(const TrainingOptions& o) {
  if (o.method != Method::kHyperGan &&
      o.format == CheckpointFormat::kSafetensors) {
    return absl::InvalidArgumentError(
        "--format: expected torchscript for a --method other than hypergan, "
        "got safetensors, which describes a HyperGAN");
  }
  if (o.method == Method::kHyperGan && std::max(o.networks, o.codes) < 2) {
    return absl::InvalidArgumentError(
        "--codes: expected at least 2 codes or networks a step, whose hidden "
        "units BatchNorm standardises, got 1");
  }
  if (o.method == Method::kHyperGan &&
      (o.sizes.starts < 1 || o.networks % o.sizes.starts != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--starts: expected a divisor of the ", o.networks,
                     " networks of a step, so that each is trained as often, "
                     "got ",
                     o.sizes.starts));
  }
  HG_RETURN_IF_ERROR(CheckRange("shared_start", o.shared_start, 0.0, 1.0));
  HG_RETURN_IF_ERROR(CheckRange("beta", o.beta, 0.0, 1e6));
  if (o.target_deviation != 0) {
    HG_RETURN_IF_ERROR(
        CheckRange("target_deviation", o.target_deviation, 1e-6, 1e6));
  }
  HG_RETURN_IF_ERROR(
      CheckRange<int64_t>("shift", o.augmentation.shift, 0, kMostShift));
  HG_RETURN_IF_ERROR(CheckRange("repulsion", o.repulsion, 0.0, 1e6));
  HG_RETURN_IF_ERROR(CheckRange("joint", o.joint, 0.0, 1.0));
  if (o.joint > 0 && (o.committee == 1 || o.networks == 1)) {
    return absl::InvalidArgumentError(
        "--joint: expected networks that share rows (--networks and "
        "--committee other than 1), got one network to a batch");
  }
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("classes", o.classes, 0, kMany));
  HG_RETURN_IF_ERROR(CheckRange("entropy", o.entropy, 0.0, 1e3));
  if (o.entropy > 0 && o.networks < 2) {
    return absl::InvalidArgumentError(
        "--entropy: expected --networks of at least 2, got 1");
  }
  HG_RETURN_IF_ERROR(CheckRange("fork", o.fork, 0.0, 0.99));
  HG_RETURN_IF_ERROR(CheckRange("fork_scale", o.fork_scale, 0.0, 10.0));
  HG_RETURN_IF_ERROR(CheckRange("fork_spread", o.fork_spread, 0.0, 100.0));
  if (o.fork > 0 && (o.method != Method::kHyperGan || o.sizes.starts < 2)) {
    return absl::InvalidArgumentError(
        "--fork: expected a HyperGAN with --starts of at least 2");
  }
  return absl::OkStatus();
}

// Of the baselines, and of all methods' prior.
absl::Status CheckBaselines(const TrainingOptions& o) {
  HG_RETURN_IF_ERROR(CheckRange("weight_decay", o.weight_decay, 0.0, 1e3));
  HG_RETURN_IF_ERROR(CheckRange("dropout_rate", o.dropout_rate, 0.0, 0.99));
  HG_RETURN_IF_ERROR(
      CheckRange("prior_deviation", o.prior_deviation, 1e-6, 1e6));
  HG_RETURN_IF_ERROR(CheckRange("kl_weight", o.kl_weight, 0.0, 1e6));
  HG_RETURN_IF_ERROR(CheckRange("kl_warm_up", o.kl_warm_up, 0.0, 1.0));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("samples", o.samples, 1, 10'000));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("leapfrogs", o.leapfrogs, 1, 10'000));
  // Both the chains and the generator need steps.
  HG_RETURN_IF_ERROR(CheckRange("teacher_share", o.teacher_share, 0.01, 0.99));
  return CheckRange<int64_t>("rounds", o.rounds, 1, 1'000);
}

// Rows set aside, and what is asked of them and when.
absl::Status CheckEvaluation(const TrainingOptions& o) {
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("default_num_networks",
                                         o.default_num_networks, 1, 10'000));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("evaluation_networks",
                                         o.evaluation_networks, 2, 10'000));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("epoch_rows", o.epoch_rows, 1, kMany));
  HG_RETURN_IF_ERROR(
      CheckRange<int64_t>("evaluate_every", o.evaluate_every, 0, kMany));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("patience", o.patience, 0, kMany));
  HG_RETURN_IF_ERROR(CheckRange("min_diversity", o.min_diversity, 0.0, 1e3));
  HG_RETURN_IF_ERROR(CheckRange("threads", o.threads, 0, 1024));
  HG_RETURN_IF_ERROR(
      CheckRange<int64_t>("validation_rows", o.split.validation, 0, kMany));
  HG_RETURN_IF_ERROR(
      CheckRange<int64_t>("calibration_rows", o.split.calibration, 0, kMany));
  return CheckRange<int64_t>("training_rows", o.split.training, 0, 100 * kMany);
}

nlohmann::ordered_json DataFingerprint(const TrainingOptions& o) {
  nlohmann::ordered_json json;
  json["data"] = o.data;
  if (o.csv.labels) json["csv_labels"] = true;
  if (o.csv.target_columns != data::CsvOptions().target_columns) {
    json["target_columns"] = o.csv.target_columns;
  }
  if (!o.csv.target_names.empty()) json["target_column"] = o.csv.target_names;
  if (!o.csv.drop_columns.empty()) json["drop_columns"] = o.csv.drop_columns;
  if (o.csv.labels && !o.csv.class_names.empty()) {
    json["class_names"] = o.csv.class_names;
  }
  if (o.images.resizes()) {
    json["resize"] = {o.images.height, o.images.width};
  }
  // What the kept epoch is chosen by.
  if (!o.validation_data.empty()) json["validation_data"] = o.validation_data;
  return json;
}

// To a fingerprint: what baselines have, and all methods' prior.
void AddBaselines(const TrainingOptions& o, nlohmann::ordered_json* json) {
  (*json)["weight_decay"] = o.weight_decay;
  (*json)["dropout_rate"] = o.dropout_rate;
  (*json)["prior_deviation"] = o.prior_deviation;
  (*json)["kl_weight"] = o.kl_weight;
  if (o.kl_warm_up > 0) (*json)["kl_warm_up"] = o.kl_warm_up;
  if (o.method == Method::kSgld || o.method == Method::kApd ||
      o.method == Method::kHmc) {
    (*json)["samples"] = o.samples;
  }
  if (o.method == Method::kHmc) (*json)["leapfrogs"] = o.leapfrogs;
  if (o.method == Method::kApd) {
    (*json)["teacher_share"] = o.teacher_share;
    (*json)["rounds"] = o.rounds;
  }
}

}  // namespace

int64_t StepsPerEpoch(const TrainingOptions& options, int64_t rows) {
  return rows / std::min(options.batch_size, rows);
}

int64_t NumSteps(const TrainingOptions& options, int64_t rows) {
  return options.epochs * StepsPerEpoch(options, rows);
}

int64_t TwentiethOf(int64_t epochs) {
  return std::max<int64_t>(1, epochs / 20);
}

int64_t EvaluateEvery(const TrainingOptions& options) {
  return options.method == Method::kHmc ? options.epochs
                                        : TwentiethOf(options.epochs);
}

absl::Status CheckTrainingOptions(const TrainingOptions& o) {
  HG_RETURN_IF_ERROR(CheckPresent(o));
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("target_columns", o.csv.target_columns,
                                         1, data::kMaxCsvColumns));
  if (!o.target.empty() && !o.hidden.empty()) {
    return absl::InvalidArgumentError(
        "--hidden: expected no --target, which has hidden layers of its own, "
        "got both");
  }
  HG_RETURN_IF_ERROR(CheckRange<int64_t>("version", o.version, 0, kMany));
  HG_RETURN_IF_ERROR(CheckSteps(o));
  HG_RETURN_IF_ERROR(CheckObjective(o));
  HG_RETURN_IF_ERROR(CheckBaselines(o));
  return CheckEvaluation(o);
}

std::string Fingerprint(const TrainingOptions& o,
                        const Architecture& architecture) {
  const GeneratorSizes& sizes = architecture.sizes;
  nlohmann::ordered_json json = DataFingerprint(o);
  json["target"] =
      nlohmann::ordered_json::parse(TargetNetworkToJson(architecture.target));
  json["method"] = MethodName(o.method);
  json["mixer"] = sizes.mixer;
  json["noise_size"] = sizes.noise;
  json["mixer_hidden"] = sizes.mixer_hidden;
  json["code_size"] = sizes.code;
  json["generator_hidden"] = sizes.generator_hidden;
  json["validation_rows"] = o.split.validation;
  json["calibration_rows"] = o.split.calibration;
  json["training_rows"] = o.split.training;
  json["seed"] = o.seed;
  json["split_seed"] = o.split_seed;
  json["epochs"] = o.epochs;
  json["networks"] = o.networks;
  json["batch_size"] = o.batch_size;
  json["learning_rate"] = o.learning_rate;
  json["last_learning_rate"] = o.last_learning_rate;
  json["discriminator_learning_rate"] = o.discriminator_learning_rate;
  json["codes"] = o.codes;
  // Younger than runs that shall be resumed.
  if (o.shared_start > 0) json["shared_start"] = o.shared_start;
  if (sizes.standard_codes) json["standard_codes"] = true;
  if (sizes.starts > 1) {
    json["starts"] = sizes.starts;
    // Once all noise went into codes.
    json["code_noise"] = sizes.code_noise();
  }
  if (o.discriminator_width != 512) {
    json["discriminator_width"] = o.discriminator_width;
  }
  if (o.committee > 0) json["committee"] = o.committee;
  json["beta"] = o.beta;
  json["target_deviation"] = o.target_deviation;
  json["shift"] = o.augmentation.shift;
  json["flip"] = o.augmentation.flip;
  json["repulsion"] = o.repulsion;
  if (o.repulsion > 0)
    json["stand_ins"] = SyntheticOutlierNames(o.synthetic_outliers);
  if (o.entropy > 0) json["entropy"] = o.entropy;
  if (o.fork > 0) {
    json["fork"] = o.fork;
    json["fork_scale"] = o.fork_scale;
    if (o.fork_spread != 1) json["fork_spread"] = o.fork_spread;
  }
  if (o.joint > 0) json["joint"] = o.joint;
  AddBaselines(o, &json);
  return json.dump();
}

std::string FingerprintDifferences(const std::string& then,
                                   const std::string& now) {
  const auto old = nlohmann::ordered_json::parse(then, nullptr, false);
  const auto fresh = nlohmann::ordered_json::parse(now, nullptr, false);
  if (!old.is_object() || !fresh.is_object()) {
    return "the options cannot be compared";
  }
  const auto value = [](const nlohmann::ordered_json& options,
                        const std::string& name) {
    return options.contains(name) ? options[name].dump() : "not set";
  };
  std::vector<std::string> differences;
  const auto compare = [&](const std::string& name) {
    if (value(old, name) == value(fresh, name)) return;
    differences.push_back(absl::StrCat(name, ": ", value(old, name), " then, ",
                                       value(fresh, name), " now"));
  };
  for (const auto& item : old.items()) compare(item.key());
  for (const auto& item : fresh.items()) {
    if (!old.contains(item.key())) compare(item.key());
  }
  return absl::StrJoin(differences, "; ");
}

}  // namespace hypergan::trainer
