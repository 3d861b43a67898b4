#include "trainer/loop/checkpoint_maker.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/tables/row_record.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/evaluation/ensemble_calibration.h"
#include "trainer/evaluation/noise_estimate.h"
#include "trainer/evaluation/temperature.h"
#include "trainer/methods/method.h"

namespace hypergan::trainer {
namespace {

// Calibration rows that tell the noise to within some 13 %.
constexpr int64_t kEnoughNoiseRows = 30;

// A manifest has room for the range and the names of so many columns or
// channels (kMaxManifestBytes); of more it says nothing.
constexpr size_t kMaxDescribedColumns = 4096;

// Of a manifest, for what held-out rows tell: calibration and figures.
constexpr size_t kHeldOutBytes = size_t{1} << 18;

// The data set's name: where it lies on the training machine is nobody's
// business.
std::string DataName(const std::string& spec) {
  const std::filesystem::path path(spec);
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace

CheckpointMaker::CheckpointMaker(const TrainingOptions& options,
                                 const TrainingData& data,
                                 const Architecture& architecture,
                                 c10::Device device, Workers& workers,
                                 const Stop& stop)
    : options_(options),
      data_(data),
      architecture_(architecture),
      device_(device),
      workers_(workers),
      stop_(stop) {}

Manifest CheckpointMaker::NewManifest(const Learner& learner,
                                      int64_t epochs) const {
  Manifest manifest;
  manifest.task = data_.task;
  manifest.noise_size = learner.noise_size();
  manifest.members = learner.members();
  manifest.input_shape = architecture_.target.input_shape;
  manifest.num_outputs = architecture_.target.NumOutputs();
  if (data_.class_names.size() == static_cast<size_t>(manifest.num_outputs)) {
    manifest.class_names = data_.class_names;
  }
  manifest.default_num_networks = options_.default_num_networks;
  manifest.target_network = architecture_.target.name;
  manifest.target_network_json = TargetNetworkToJson(architecture_.target);
  if (data_.inputs.least.size() <= kMaxDescribedColumns) {
    manifest.input_range = {data_.inputs.least, data_.inputs.greatest};
    manifest.input_names = data_.input_names;
  }
  if (data_.task == Task::kRegression) {
    manifest.output_names = data_.target_names;
  }
  manifest.provenance = {{"data", DataName(options_.data)},
                         {"method", std::string(MethodName(options_.method))},
                         {"seed", absl::StrCat(options_.seed)},
                         {"epochs", absl::StrCat(epochs)},
                         {"program_version", HYPERGAN_VERSION}};
  data::WriteRowRecord(data_.record, &manifest.provenance);
  return manifest;
}

absl::Status CheckpointMaker::CheckManifest(const Learner& learner) const {
  Manifest manifest = NewManifest(learner, 1);
  if (data_.task == Task::kRegression) {
    // Numbers as long as any.
    manifest.noise_deviation.assign(manifest.num_outputs, 1.0 / 3);
  }
  const size_t bytes = ManifestToJson(manifest).size();
  constexpr size_t kMost = kMaxManifestBytes - kHeldOutBytes;
  if (bytes <= kMost) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      options_.data, ": expected columns and classes that a manifest can ",
      "describe in ", kMost, " bytes, got ", bytes, " bytes of ",
      data_.inputs.mean.size(), " columns and ", data_.class_names.size(),
      " classes: drop columns, or give them shorter names"));
}

EvaluationOptions CheckpointMaker::Evaluation() const {
  EvaluationOptions evaluation = EvaluationOf(options_);
  evaluation.label = "evaluating";
  evaluation.interrupt = stop_.Interrupt();
  return evaluation;
}

absl::StatusOr<Ensemble> CheckpointMaker::EnsembleOf(
    const torch::jit::Module& module, const Manifest& manifest) const {
  return Ensemble::Create(
      Checkpoint{module, manifest, ManifestToJson(manifest)}, device_,
      &workers_, {});
}

absl::StatusOr<Figures> CheckpointMaker::Evaluate(
    const torch::jit::Module& module, const Manifest& manifest,
    const Rows& rows) const {
  HG_ASSIGN_OR_RETURN(const Ensemble ensemble, EnsembleOf(module, manifest));
  return trainer::Evaluate(ensemble, rows, Evaluation());
}

absl::StatusOr<Figures> CheckpointMaker::Validate(
    const torch::jit::Module& module, const Manifest& manifest) const {
  return Evaluate(module, manifest,
                  data_.split.validation.First(options_.epoch_rows));
}

Figures CheckpointMaker::NamedForRows(const Figures& figures) const {
  if (!data_.validates_on_training) return figures;
  Figures named;
  for (const auto& [name, value] : figures) {
    named[absl::StrCat("training_", name)] = value;
  }
  return named;
}

absl::Status CheckpointMaker::Calibrate(const torch::jit::Module& module,
                                        Manifest* manifest) const {
  HG_ASSIGN_OR_RETURN(const Ensemble ensemble, EnsembleOf(module, *manifest));
  HG_RETURN_IF_ERROR(SetCalibration(ensemble, manifest));
  return SetNoise(ensemble, manifest);
}

absl::Status CheckpointMaker::SetCalibration(const Ensemble& ensemble,
                                             Manifest* manifest) const {
  const Rows& rows = data_.split.calibration;
  if (rows.size() == 0) return absl::OkStatus();
  EvaluationOptions evaluation = Evaluation();
  evaluation.num_networks = options_.default_num_networks;
  evaluation.label = "calibrating";
  HG_ASSIGN_OR_RETURN(manifest->calibration,
                      CalibrateEnsemble(ensemble, rows, evaluation));
  if (data_.task == Task::kClassification) {
    evaluation.label.clear();
    HG_ASSIGN_OR_RETURN(manifest->label_calibration,
                        CalibrateEnsembleLabels(ensemble, rows, evaluation));
  }
  return absl::OkStatus();
}

// Of the calibration rows, by which nothing was chosen; where these are few, of
// the validation rows as well. Rows that were trained on would make it too
// small.
absl::Status CheckpointMaker::SetNoise(const Ensemble& ensemble,
                                       Manifest* manifest) const {
  if (data_.task != Task::kRegression) return absl::OkStatus();
  std::vector<EnsembleOutputs> outputs;
  std::vector<at::Tensor> targets;
  for (const Rows* rows : {&data_.split.validation, &data_.split.calibration}) {
    const bool is_validation = rows == &data_.split.validation;
    const bool is_wanted =
        !is_validation || (!data_.validates_on_training &&
                           data_.split.calibration.size() < kEnoughNoiseRows);
    if (rows->size() == 0 || !is_wanted) continue;
    HG_ASSIGN_OR_RETURN(
        outputs.emplace_back(),
        PredictRows(ensemble, *rows, /*network_outputs=*/false, Evaluation()));
    targets.push_back(rows->targets);
  }
  if (outputs.empty()) return absl::OkStatus();
  return TorchGuard("noise", [&] {
    manifest->noise_deviation =
        EstimateNoise(JoinRows(outputs), at::cat(targets));
    return absl::OkStatus();
  });
}

absl::StatusOr<double> CheckpointMaker::Temper(Checkpoint* checkpoint) const {
  Manifest& manifest = checkpoint->manifest;
  if (manifest.pool_temperature != 1 || LogitTemperatureOf(manifest) != 1) {
    return 1;
  }
  const Rows rows = data_.split.validation.First(options_.epoch_rows);
  HG_ASSIGN_OR_RETURN(const Ensemble ensemble,
                      EnsembleOf(checkpoint->module, manifest));
  HG_ASSIGN_OR_RETURN(
      const EnsembleOutputs outputs,
      PredictRows(ensemble, rows, /*network_outputs=*/false, Evaluation()));
  HG_RETURN_IF_ERROR(TorchGuard("temperature", [&] {
    manifest.pool_temperature = FitPoolTemperature(outputs.mean, rows.targets);
    return absl::OkStatus();
  }));
  HG_ASSIGN_OR_RETURN(const Figures figures,
                      Evaluate(checkpoint->module, manifest, rows));
  const double diversity = manifest.validation["diversity"];
  manifest.validation = NamedForRows(figures);
  manifest.validation["diversity"] = diversity;
  HG_ASSIGN_OR_RETURN(const Ensemble tempered,
                      EnsembleOf(checkpoint->module, manifest));
  HG_RETURN_IF_ERROR(SetCalibration(tempered, &manifest));
  return manifest.pool_temperature;
}

}  // namespace hypergan::trainer
