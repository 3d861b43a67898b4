#include "trainer/training_data.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hypergan/status_macros.h"
#include "trainer/open_dataset.h"

namespace hypergan::trainer {
namespace {

absl::StatusOr<Rows> OpenRows(const std::string& spec,
                              const TargetNetwork& target, Task task) {
  HG_ASSIGN_OR_RETURN(
      const data::Dataset dataset,
      OpenDataset(spec, data::Split::kTrain, target.input_shape));
  return ToRows(dataset, task);
}

absl::StatusOr<TargetNetwork> OpenTarget(const std::string& target) {
  if (!absl::EndsWith(target, ".json")) return FindTargetNetwork(target);
  std::error_code error;
  const auto size = std::filesystem::file_size(target, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("--target: ", target, ": ", error.message()));
  }
  if (size > kMaxManifestBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("--target: ", target, ": expected at most ",
                     kMaxManifestBytes, " bytes, got ", size));
  }
  std::ifstream file(target);
  std::stringstream text;
  text << file.rdbuf();
  return ParseTargetNetwork(text.str());
}

absl::Status CheckFits(const TargetNetwork& target, const TrainingData& data) {
  const auto shape = data.split.training.inputs.sizes().slice(1);
  if (shape != at::IntArrayRef(target.input_shape)) {
    return absl::InvalidArgumentError(
        absl::StrCat("target network '", target.name, "' takes rows [",
                     absl::StrJoin(target.input_shape, ", "),
                     "], the data's are [", absl::StrJoin(shape, ", "), "]"));
  }
  const at::Tensor& targets = data.split.training.targets;
  const int64_t needed = data.task == Task::kClassification
                             ? targets.max().item<int64_t>() + 1
                             : targets.size(1);
  const bool fits = data.task == Task::kClassification
                        ? needed <= target.NumOutputs()
                        : needed == target.NumOutputs();
  if (!fits) {
    return absl::InvalidArgumentError(
        absl::StrCat("target network '", target.name, "' has ",
                     target.NumOutputs(), " outputs, the data needs ", needed));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingData> OpenTrainingData(const TrainingOptions& options) {
  HG_ASSIGN_OR_RETURN(const TargetNetwork target, OpenTarget(options.target));
  HG_ASSIGN_OR_RETURN(
      const data::Dataset dataset,
      OpenDataset(options.data, data::Split::kTrain, target.input_shape));
  TrainingData result;
  result.task =
      dataset.labels.empty() ? Task::kRegression : Task::kClassification;
  HG_ASSIGN_OR_RETURN(const Rows rows, ToRows(dataset, result.task));
  SplitSizes sizes = options.split;
  if (!options.validation_data.empty()) sizes.validation = 0;
  if (!options.calibration_data.empty()) sizes.calibration = 0;
  HG_ASSIGN_OR_RETURN(
      result.split,
      SplitRows(rows, sizes,
                options.split_seed > 0 ? options.split_seed : options.seed));
  if (!options.validation_data.empty()) {
    HG_ASSIGN_OR_RETURN(result.split.validation,
                        OpenRows(options.validation_data, target, result.task));
  }
  if (!options.calibration_data.empty()) {
    HG_ASSIGN_OR_RETURN(
        result.split.calibration,
        OpenRows(options.calibration_data, target, result.task));
  }
  if (result.split.validation.size() == 0) {
    result.split.validation = result.split.training;
  }
  result.class_names =
      options.class_names.empty() ? dataset.class_names : options.class_names;
  return result;
}

absl::StatusOr<Architecture> BuildArchitecture(const TrainingOptions& options,
                                               const TrainingData& data) {
  Architecture architecture;
  architecture.sizes = options.sizes;
  HG_ASSIGN_OR_RETURN(architecture.target, OpenTarget(options.target));
  if (options.classes > 0) {
    architecture.target.layers.back().outputs = options.classes;
  }
  HG_RETURN_IF_ERROR(CheckFits(architecture.target, data));
  const Constants inputs = InputConstants(data.split.training);
  architecture.target.input_mean = inputs.mean;
  architecture.target.input_deviation = inputs.deviation;
  if (data.task == Task::kRegression) {
    const Constants outputs = TargetConstants(data.split.training);
    architecture.target.output_mean = outputs.mean;
    architecture.target.output_deviation = outputs.deviation;
  }
  return architecture;
}

}  // namespace hypergan::trainer
