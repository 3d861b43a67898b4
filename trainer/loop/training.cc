#include "trainer/loop/training.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "data/tables/row_record.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/runtime/device.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/data/open_dataset.h"
#include "trainer/data/training_data.h"
#include "trainer/evaluation/diversity.h"
#include "trainer/evaluation/ensemble_calibration.h"
#include "trainer/evaluation/noise_estimate.h"
#include "trainer/evaluation/temperature.h"
#include "trainer/loop/epoch_report.h"
#include "trainer/loop/learner.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/progress.h"
#include "trainer/loop/run_files.h"
#include "trainer/loop/stopwatch.h"
#include "trainer/loop/training_state.h"
#include "trainer/methods/method.h"
#include "trainer/optimizer/random_stream.h"
#include "trainer/optimizer/schedule.h"

namespace hypergan::trainer {
namespace {

// The figure that epochs are compared by.
double ValidationLoss(Task task, const Figures& figures) {
  return figures.at(task == Task::kClassification ? "nll" : "rmse");
}

// The root mean square of the targets' deviations.
double Spread(const std::vector<double>& deviations) {
  double squares = 0;
  for (const double deviation : deviations) squares += deviation * deviation;
  const auto count =
      static_cast<double>(std::max<size_t>(1, deviations.size()));
  return squares > 0 ? std::sqrt(squares / count) : 1;
}

// The data set's name: where it lies on the training machine is nobody's
// business.
std::string DataName(const std::string& spec) {
  const std::filesystem::path path(spec);
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

class Run {
 public:
  Run(const TrainingOptions& options, const std::atomic<bool>& stop,
      c10::Device device, RunFiles files, TrainingData data,
      Architecture architecture, Learner learner)
      : options_(options),
        stop_(stop),
        device_(device),
        files_(std::move(files)),
        data_(std::move(data)),
        architecture_(std::move(architecture)),
        workers_(device.is_cpu() ? options.threads : 1),
        learner_(std::move(learner)),
        batch_(std::min(options.batch_size, data_.split.training.size())),
        steps_per_epoch_(data_.split.training.size() / batch_),
        total_steps_(steps_per_epoch_ * options.epochs) {
    objective_.task = data_.task;
    objective_.networks = options.networks;
    objective_.target_deviation = options.target_deviation;
    if (LearnsDeviation()) {
      state_.target_deviation = Spread(data_.targets.deviation);
      objective_.target_deviation = state_.target_deviation;
    }
    objective_.repulsion = options.repulsion;
    objective_.joint = options.joint;
    state_.fingerprint = Fingerprint(options, architecture_);
    state_.best_loss = std::numeric_limits<double>::infinity();
  }

  // The state at the start is saved as well: from here on the run can be
  // resumed, however it ends.
  absl::Status Prepare() { return options_.resume ? Resume() : SaveState(); }

  absl::StatusOr<TrainingResult> Execute() {
    Announce();
    TrainingResult result;
    Progress progress("", total_steps_ - state_.step, "networks x rows");
    while (state_.step < total_steps_ && !state_.is_done) {
      HG_ASSIGN_OR_RETURN(result.interrupted, RunEpoch(progress));
      if (result.interrupted) break;
    }
    if (files_.has_checkpoint()) result.checkpoint = files_.checkpoint();
    result.kept_epoch = state_.best_epoch;
    result.last_epoch = Epoch();
    const TrainingState elapsed = Elapsed();
    result.seconds = elapsed.seconds;
    result.core_seconds = elapsed.core_seconds;
    result.parameters = NumParameters(architecture_.target);
    if (!result.interrupted && options_.temper) HG_RETURN_IF_ERROR(Temper());
    if (!result.interrupted && options_.test) {
      HG_RETURN_IF_ERROR(Test(&result));
    }
    return result;
  }

 private:
  absl::Status Resume() {
    HG_ASSIGN_OR_RETURN(TrainingState state,
                        files_.Resume(state_.fingerprint, learner_.Tensors()));
    learner_.Restore(state.tensors, state.step);
    state_ = std::move(state);
    state_.tensors.clear();
    if (LearnsDeviation()) {
      objective_.target_deviation = state_.target_deviation;
    }
    return absl::OkStatus();
  }

  void Announce() const {
    PrintNotes(data_.notes);
    std::printf(
        "%s: %s; target network '%s' of %lld parameters; %s, %d threads\n",
        files_.path().c_str(), CountsOf(data_).c_str(),
        architecture_.target.name.c_str(),
        static_cast<long long>(NumParameters(architecture_.target)),
        device_.str().c_str(), workers_.count());
    if (!files_.is_locked()) {
      std::printf(
          "this file system has no locks: see to it yourself that no other "
          "training writes to %s\n",
          files_.path().c_str());
    }
    const std::string lack =
        LackOfCalibrationRows(data_.split.calibration.size());
    if (!lack.empty()) std::printf("%s\n", lack.c_str());
    std::printf("%s", EpochLegend(data_.task).c_str());
    std::fflush(stdout);
  }

  bool LearnsDeviation() const {
    return data_.task == Task::kRegression && options_.target_deviation == 0;
  }

  const char* ValidationRowsName() const {
    return data_.validates_on_training ? "training" : "validation";
  }

  // Figures of the rows that epochs are evaluated on, as the manifest names
  // them: those of training rows are no validation figures.
  Figures NamedForRows(const Figures& figures) const {
    if (!data_.validates_on_training) return figures;
    Figures named;
    for (const auto& [name, value] : figures) {
      named[absl::StrCat("training_", name)] = value;
    }
    return named;
  }

  int64_t Epoch() const { return state_.step / steps_per_epoch_; }

  // The rest of the epoch at hand, evaluated at its end. True if interrupted.
  absl::StatusOr<bool> RunEpoch(Progress& progress) {
    const int64_t epoch = Epoch();
    const int64_t end = (epoch + 1) * steps_per_epoch_;
    const at::Tensor order = Order(epoch);
    EpochReport report;
    const Stopwatch watch;
    const auto rows_of_a_step =
        static_cast<double>(objective_.networks * batch_);
    const double rows_to_go =
        rows_of_a_step * static_cast<double>(end - state_.step);
    progress.SetLabel(absl::StrCat("epoch ", epoch + 1, "/", options_.epochs));
    for (; state_.step < end; ++state_.step) {
      if (stop_) {
        progress.Clear();
        HG_RETURN_IF_ERROR(SaveState());
        return true;
      }
      HG_ASSIGN_OR_RETURN(const StepReport step, RunStep(order));
      report.Add(step);
      progress.Advance(rows_of_a_step);
    }
    const bool is_due = (epoch + 1) % options_.evaluate_every == 0 ||
                        epoch + 1 == options_.epochs;
    if (is_due) {
      progress.Clear();
      HG_RETURN_IF_ERROR(
          EvaluateEpoch(epoch, report, rows_to_go / watch.Seconds()));
    }
    return false;
  }

  // The rows of an epoch, int64 [batches of a step, rows]: each batch has an
  // order of its own.
  at::Tensor Order(int64_t epoch) const {
    std::vector<at::Tensor> orders;
    const int64_t count = Batches();
    for (int64_t batch = 0; batch < count; ++batch) {
      orders.push_back(Permutation(StreamSeed(options_.seed, Stream::kOrder),
                                   epoch * count + batch,
                                   data_.split.training.size()));
    }
    return torch::stack(orders);
  }

  int64_t Batches() const {
    return options_.committee == 0 ? 1 : options_.networks / options_.committee;
  }

  absl::StatusOr<StepReport> RunStep(const at::Tensor& order) {
    const int64_t first = state_.step % steps_per_epoch_ * batch_;
    const at::Tensor index =
        order.narrow(1, first, batch_).flatten().to(device_);
    const double factor = OneCycle(state_.step, total_steps_);
    const LearningRates rates = {
        .hidden = factor * options_.learning_rate,
        .last = factor * options_.last_learning_rate,
        .discriminator = factor * options_.discriminator_learning_rate};
    const Rows& rows = data_.split.training;
    StepRows step_rows;
    step_rows.batches = Batches();
    step_rows.targets = rows.targets.index_select(0, index);
    HG_ASSIGN_OR_RETURN(step_rows.inputs, Augmented(rows.Inputs(index)));
    if (options_.repulsion > 0) {
      HG_ASSIGN_OR_RETURN(step_rows.synthetic_outliers,
                          SyntheticOutliers(step_rows.inputs));
    }
    return learner_.Step(state_.step, step_rows, objective_, rates, workers_);
  }

  absl::StatusOr<at::Tensor> Augmented(const at::Tensor& inputs) const {
    const AugmentationOptions& how = options_.augmentation;
    if (how.shift == 0 && !how.flip) return inputs;
    return Augment(inputs, how, options_.seed,
                   static_cast<uint64_t>(state_.step));
  }

  // Of a quarter of a batch: enough to keep networks apart, at a quarter of the
  // price.
  absl::StatusOr<at::Tensor> SyntheticOutliers(const at::Tensor& inputs) const {
    const int64_t count =
        std::min<int64_t>(inputs.size(0), std::max<int64_t>(3, batch_ / 4));
    return MakeSyntheticOutliers(inputs.narrow(0, 0, count),
                                 options_.synthetic_outliers, options_.seed,
                                 static_cast<uint64_t>(state_.step));
  }

  EvaluationOptions Evaluation() const {
    EvaluationOptions evaluation = EvaluationOf(options_);
    evaluation.label = "evaluating";
    return evaluation;
  }

  // A module, by the code that will serve it.
  absl::StatusOr<Ensemble> EnsembleOf(const torch::jit::Module& module,
                                      const Manifest& manifest) {
    return Ensemble::Create(
        Checkpoint{module, manifest, ManifestToJson(manifest)}, device_,
        &workers_, {});
  }

  absl::StatusOr<Figures> Evaluate(const torch::jit::Module& module,
                                   const Manifest& manifest, const Rows& rows) {
    HG_ASSIGN_OR_RETURN(const Ensemble ensemble, EnsembleOf(module, manifest));
    return trainer::Evaluate(ensemble, rows, Evaluation());
  }

  // Evaluates on validation rows, keeps the epoch if it is the best so far,
  // saves the state, and decides whether to stop early.
  absl::Status EvaluateEpoch(int64_t epoch, const EpochReport& report,
                             double rate) {
    const Rows rows = data_.split.validation.First(options_.epoch_rows);
    Manifest manifest = NewManifest(epoch);
    HG_ASSIGN_OR_RETURN(const Figures figures,
                        Evaluate(learner_.module(), manifest, rows));
    manifest.validation = NamedForRows(figures);
    HG_ASSIGN_OR_RETURN(
        const Diversity diversity,
        MeasureDiversity(learner_.module(), learner_.noise_size(), 100,
                         Evaluation().seed, device_));
    manifest.validation["diversity"] = diversity.all;
    const double loss = ValidationLoss(data_.task, figures);
    const bool is_best = loss < state_.best_loss;
    if (is_best) {
      state_.best_loss = loss;
      state_.best_epoch = epoch + 1;
      state_.epochs_without_better = 0;
      HG_RETURN_IF_ERROR(SaveBest(manifest));
    } else {
      ++state_.epochs_without_better;
    }
    HG_RETURN_IF_ERROR(
        Record(epoch, report, figures, diversity, rate, is_best));
    if (LearnsDeviation()) {
      // A likelihood without width would leave every other term without weight.
      const double least = 1e-3 * Spread(data_.targets.deviation);
      state_.target_deviation = std::max(least, figures.at("rmse_1"));
      objective_.target_deviation = state_.target_deviation;
    }
    StopEarly(diversity);
    return SaveState();
  }

  absl::Status Record(int64_t epoch, const EpochReport& report,
                      const Figures& figures, const Diversity& diversity,
                      double rate, bool is_best) {
    std::printf("epoch %lld/%lld  %s%s  %.0f networks x rows/s%s\n",
                static_cast<long long>(epoch + 1),
                static_cast<long long>(options_.epochs),
                data_.validates_on_training ? "on the training rows: " : "",
                EpochLine(data_.task, figures, report, diversity).c_str(), rate,
                is_best ? "  best" : "");
    std::fflush(stdout);
    nlohmann::ordered_json record;
    record["epoch"] = epoch + 1;
    record["step"] = state_.step;
    record["seconds"] = Elapsed().seconds;
    for (const auto& [name, mean] : report.Means()) record[name] = mean;
    record[ValidationRowsName()] = figures;
    record["diversity"] = diversity.all;
    record["layer_diversity"] = diversity.layers;
    record["nearest"] = diversity.nearest;
    record["networks_rows_per_second"] = rate;
    record["best"] = is_best;
    return files_.Append(record);
  }

  void StopEarly(const Diversity& diversity) {
    if (options_.patience > 0 &&
        state_.epochs_without_better >= options_.patience) {
      std::printf("stopping early: no better %s loss in %lld epochs\n",
                  ValidationRowsName(),
                  static_cast<long long>(state_.epochs_without_better));
      state_.is_done = true;
    }
    if (diversity.all < options_.min_diversity) {
      std::printf("stopping early: diversity %.3f is below %.3f\n",
                  diversity.all, options_.min_diversity);
      state_.is_done = true;
    }
  }

  Manifest NewManifest(int64_t epoch) const {
    Manifest manifest;
    manifest.task = data_.task;
    manifest.noise_size = learner_.noise_size();
    manifest.input_shape = architecture_.target.input_shape;
    manifest.num_outputs = architecture_.target.NumOutputs();
    if (data_.class_names.size() == static_cast<size_t>(manifest.num_outputs)) {
      manifest.class_names = data_.class_names;
    }
    manifest.default_num_networks = options_.default_num_networks;
    manifest.target_network = architecture_.target.name;
    manifest.target_network_json = TargetNetworkToJson(architecture_.target);
    manifest.input_range = {data_.inputs.least, data_.inputs.greatest};
    manifest.input_names = data_.input_names;
    if (data_.task == Task::kRegression) {
      manifest.output_names = data_.target_names;
    }
    manifest.provenance = {{"data", DataName(options_.data)},
                           {"method", std::string(MethodName(options_.method))},
                           {"seed", absl::StrCat(options_.seed)},
                           {"epochs", absl::StrCat(epoch + 1)},
                           {"program_version", HYPERGAN_VERSION}};
    data::WriteRowRecord(data_.record, &manifest.provenance);
    return manifest;
  }

  absl::Status SaveBest(Manifest manifest) {
    HG_RETURN_IF_ERROR(SetCalibration(learner_.module(), &manifest));
    HG_RETURN_IF_ERROR(SetNoise(learner_.module(), &manifest));
    return Save(learner_.module(), manifest);
  }

  absl::Status SetCalibration(const torch::jit::Module& module,
                              Manifest* manifest) {
    if (data_.split.calibration.size() == 0) return absl::OkStatus();
    HG_ASSIGN_OR_RETURN(const Ensemble ensemble, EnsembleOf(module, *manifest));
    EvaluationOptions evaluation = Evaluation();
    evaluation.num_networks = options_.default_num_networks;
    evaluation.label = "calibrating";
    HG_ASSIGN_OR_RETURN(
        manifest->calibration,
        CalibrateEnsemble(ensemble, data_.split.calibration, evaluation));
    if (data_.task == Task::kClassification) {
      evaluation.label.clear();
      HG_ASSIGN_OR_RETURN(manifest->label_calibration,
                          CalibrateEnsembleLabels(
                              ensemble, data_.split.calibration, evaluation));
    }
    return absl::OkStatus();
  }

  // Of validation and calibration rows together: either alone can be few. Rows
  // that were trained on would make it too small.
  absl::Status SetNoise(const torch::jit::Module& module, Manifest* manifest) {
    if (data_.task != Task::kRegression) return absl::OkStatus();
    std::vector<EnsembleOutputs> outputs;
    std::vector<at::Tensor> targets;
    HG_ASSIGN_OR_RETURN(const Ensemble ensemble, EnsembleOf(module, *manifest));
    for (const Rows* rows :
         {&data_.split.validation, &data_.split.calibration}) {
      const bool is_held_out =
          rows != &data_.split.validation || !data_.validates_on_training;
      if (rows->size() == 0 || !is_held_out) continue;
      HG_ASSIGN_OR_RETURN(outputs.emplace_back(),
                          PredictRows(ensemble, *rows,
                                      /*network_outputs=*/false, Evaluation()));
      targets.push_back(rows->targets);
    }
    if (outputs.empty()) return absl::OkStatus();
    return TorchGuard("noise", [&] {
      manifest->noise_deviation =
          EstimateNoise(JoinRows(outputs), at::cat(targets));
      return absl::OkStatus();
    });
  }

  absl::Status Save(torch::jit::Module module, const Manifest& manifest) const {
    if (!device_.is_cpu()) {
      module = module.clone();
      module.to(c10::Device(c10::kCPU));
    }
    return files_.Save(module, manifest);
  }

  // Of the checkpoint that is kept, once: a finished run may be asked for
  // again.
  absl::Status Temper() {
    HG_ASSIGN_OR_RETURN(Checkpoint checkpoint,
                        LoadCheckpoint(files_.checkpoint(), device_));
    Manifest& manifest = checkpoint.manifest;
    if (TemperatureOf(manifest) != 1) return absl::OkStatus();
    const Rows rows = data_.split.validation.First(options_.epoch_rows);
    HG_ASSIGN_OR_RETURN(const Ensemble ensemble,
                        EnsembleOf(checkpoint.module, manifest));
    HG_ASSIGN_OR_RETURN(
        const EnsembleOutputs outputs,
        PredictRows(ensemble, rows, /*network_outputs=*/true, Evaluation()));
    const double temperature =
        FitTemperature(outputs.network_outputs, rows.targets);
    HG_RETURN_IF_ERROR(DivideLogits(temperature, &checkpoint));
    SetTemperature(temperature, &manifest);
    HG_ASSIGN_OR_RETURN(const Figures figures,
                        Evaluate(checkpoint.module, manifest, rows));
    const double diversity = manifest.validation["diversity"];
    manifest.validation = NamedForRows(figures);
    manifest.validation["diversity"] = diversity;
    HG_RETURN_IF_ERROR(SetCalibration(checkpoint.module, &manifest));
    std::printf("logits divided by %.3f: %s NLL %.4f, ECE %.4f\n", temperature,
                ValidationRowsName(), figures.at("nll"), figures.at("ece"));
    return Save(checkpoint.module, manifest);
  }

  absl::Status SaveState() {
    TrainingState state = Elapsed();
    state.tensors = learner_.Tensors();
    return files_.SaveState(state);
  }

  // The chosen checkpoint, loaded as the server loads it, on the test rows.
  absl::Status Test(TrainingResult* result) {
    result->test_origin = data_.test_origin;
    if (!data_.has_test()) return absl::OkStatus();
    HG_ASSIGN_OR_RETURN(Checkpoint checkpoint,
                        LoadCheckpoint(files_.checkpoint(), device_));
    HG_ASSIGN_OR_RETURN(
        result->test,
        Evaluate(checkpoint.module, checkpoint.manifest, data_.test));
    return files_.Append({{"test", result->test}});
  }

  // The state with the time of this part of the run added.
  TrainingState Elapsed() const {
    TrainingState state = state_;
    state.seconds += watch_.Seconds();
    state.core_seconds += watch_.CoreSeconds();
    return state;
  }

  const TrainingOptions& options_;
  const std::atomic<bool>& stop_;
  const c10::Device device_;
  const RunFiles files_;
  const TrainingData data_;
  const Architecture architecture_;
  Workers workers_;
  Learner learner_;
  const int64_t batch_;
  const int64_t steps_per_epoch_;
  const int64_t total_steps_;
  const Stopwatch watch_;
  ObjectiveOptions objective_;
  TrainingState state_;  // its tensors are the learner's, filled in to save
};

}  // namespace

absl::StatusOr<TrainingResult> Train(const TrainingOptions& options,
                                     const std::atomic<bool>& stop) {
  return Train(
      options, [](const DataProfile&, TrainingOptions*) {}, stop);
}

absl::StatusOr<TrainingResult> Train(TrainingOptions options,
                                     const Complete& complete,
                                     const std::atomic<bool>& stop) {
  HG_RETURN_IF_ERROR(CheckTrainingOptions(options));
  // First of all: LibTorch answers its first question about CUDA for good.
  HG_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(options.device));
  const VersionChoice version = {options.model_repository, options.model,
                                 options.version, options.resume};
  HG_RETURN_IF_ERROR(CheckVersion(version));
  HG_ASSIGN_OR_RETURN(TrainingData data, OpenTrainingData(options));
  complete(ProfileOf(data), &options);
  HG_RETURN_IF_ERROR(CheckTrainingOptions(options));
  if (options.temper && data.task != Task::kClassification) {
    return absl::InvalidArgumentError(
        "--temper: expected a classification, got a regression");
  }
  HG_ASSIGN_OR_RETURN(Architecture architecture,
                      BuildArchitecture(options, data));
  HG_ASSIGN_OR_RETURN(
      std::unique_ptr<Posterior> posterior,
      NewPosterior(options, architecture, data.split.training.size(), device));
  HG_ASSIGN_OR_RETURN(Learner learner, NewLearner(std::move(posterior),
                                                  architecture.target, device));
  if (!device.is_cpu()) {
    // Bytes of pixels as a rule, so that a step copies nothing but its index.
    HG_RETURN_IF_ERROR(TorchGuard("training rows", [&] {
      data.split.training = data.split.training.To(device);
      return absl::OkStatus();
    }));
  }
  HG_ASSIGN_OR_RETURN(ClaimedFolder folder, ClaimVersion(version));
  Run run(options, stop, device, RunFiles(std::move(folder)), std::move(data),
          std::move(architecture), std::move(learner));
  HG_RETURN_IF_ERROR(run.Prepare());
  return run.Execute();
}

}  // namespace hypergan::trainer
