#include "trainer/loop/training.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/device.h"
#include "hypergan/runtime/torch_guard.h"
#include "trainer/data/open_dataset.h"
#include "trainer/data/training_data.h"
#include "trainer/evaluation/diversity.h"
#include "trainer/evaluation/ensemble_calibration.h"
#include "trainer/loop/checkpoint_maker.h"
#include "trainer/loop/epoch_report.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/progress.h"
#include "trainer/loop/run_files.h"
#include "trainer/loop/stepper.h"
#include "trainer/loop/stopwatch.h"
#include "trainer/loop/time_budget.h"
#include "trainer/loop/training_state.h"
#include "trainer/methods/method.h"
#include "trainer/objective/synthetic_outliers.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kDiversityNetworks = 100;
constexpr int64_t kProbeEpochs = 1'000'000;

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

// Of the likelihood, at the start of a run.
double FirstDeviation(const TrainingOptions& options,
                      const TrainingData& data) {
  return options.target_deviation > 0 ? options.target_deviation
                                      : Spread(data.targets.deviation);
}

// Whether the rows fit the synthetic outliers, before a run's first step.
absl::Status CheckOutliers(const TrainingOptions& options, const Rows& rows) {
  if (options.repulsion == 0) return absl::OkStatus();
  return TorchGuard("synthetic outliers", [&] {
    const int64_t some = std::min<int64_t>(3, rows.size());
    return MakeSyntheticOutliers(rows.Inputs(0, some),
                                 options.synthetic_outliers, options.seed, 0)
        .status();
  });
}

// One run: epoch after epoch, what is written of each, and its state.
class Run {
 public:
  Run(const TrainingOptions& options, const Stop& stop, c10::Device device,
      RunFiles files, const TrainingData& data,
      const Architecture& architecture, Workers& workers, Stepper stepper)
      : options_(options),
        stop_(stop),
        device_(device),
        files_(std::move(files)),
        data_(data),
        architecture_(architecture),
        workers_(workers),
        stepper_(std::move(stepper)),
        maker_(options, data, architecture, device, workers, stop) {
    state_.fingerprint = Fingerprint(options, architecture_);
    state_.data_digest = data.digest;
    state_.best_loss = std::numeric_limits<double>::infinity();
    state_.target_deviation = FirstDeviation(options, data);
  }

  // The state at the start is saved as well: from here on the run can be
  // resumed, however it ends.
  absl::Status Prepare() { return options_.resume ? Resume() : SaveState(); }

  absl::StatusOr<TrainingResult> Execute() {
    Announce();
    TrainingResult result;
    Progress progress("", stepper_.total_steps() - state_.step,
                      "networks x rows");
    while (IsUnfinished() && !result.interrupted) {
      HG_ASSIGN_OR_RETURN(result.interrupted, RunEpoch(progress));
    }
    if (files_.has_checkpoint()) result.checkpoint = files_.checkpoint();
    result.kept_epoch = state_.best_epoch;
    result.validated_on = ValidationRowsName();
    result.last_epoch = Epoch();
    result.has_choice = options_.evaluate_every < result.last_epoch;
    const TrainingState elapsed = Elapsed();
    result.seconds = elapsed.seconds;
    result.core_seconds = elapsed.core_seconds;
    result.parameters = NumParameters(architecture_.target);
    if (result.interrupted) return result;
    HG_ASSIGN_OR_RETURN(result.interrupted, IsInterrupted(Finish(&result)));
    return result;
  }

 private:
  absl::Status Resume() {
    HG_ASSIGN_OR_RETURN(TrainingState state,
                        files_.Resume(state_, stepper_.learner().Tensors()));
    stepper_.learner().Restore(state.tensors, state.step);
    const double first_deviation = state_.target_deviation;
    state_ = std::move(state);
    state_.tensors.clear();
    // Older runs do not say.
    if (!LearnsDeviation()) state_.target_deviation = first_deviation;
    stepper_.SetDeviation(state_.target_deviation);
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

  // The one at hand, from 0 on; after the last step and evaluation, how many
  // there were.
  int64_t Epoch() const {
    const int64_t begun = state_.step / stepper_.steps_per_epoch();
    return state_.is_evaluating ? begun - 1 : begun;
  }

  bool IsUnfinished() const {
    return !state_.is_done &&
           (state_.step < stepper_.total_steps() || state_.is_evaluating);
  }

  // True of what `stop_` has ended.
  absl::StatusOr<bool> IsInterrupted(const absl::Status& status) const {
    if (absl::IsAborted(status) && stop_.IsAskedFor()) return true;
    if (!status.ok()) return status;
    return false;
  }

  // What follows the last epoch. It does the same if it is done again.
  absl::Status Finish(TrainingResult* result) {
    if (options_.temper) HG_RETURN_IF_ERROR(Temper());
    if (!options_.test) return absl::OkStatus();
    return Test(result);
  }

  // The rest of the epoch at hand, evaluated at its end. True if interrupted.
  absl::StatusOr<bool> RunEpoch(Progress& progress) {
    const int64_t epoch = Epoch();
    const int64_t end = (epoch + 1) * stepper_.steps_per_epoch();
    const at::Tensor order = stepper_.Order(epoch);
    if (state_.step == epoch * stepper_.steps_per_epoch()) state_.report = {};
    const Stopwatch watch;
    const auto rows_of_a_step = static_cast<double>(stepper_.row_networks());
    const double rows_to_go =
        rows_of_a_step * static_cast<double>(end - state_.step);
    progress.SetLabel(absl::StrCat("epoch ", epoch + 1, "/", options_.epochs));
    for (; state_.step < end; ++state_.step) {
      if (stop_.IsAskedFor()) {
        progress.Clear();
        HG_RETURN_IF_ERROR(SaveState());
        return true;
      }
      HG_ASSIGN_OR_RETURN(const StepReport step,
                          stepper_.Step(state_.step, order));
      state_.report.Add(step);
      progress.Advance(rows_of_a_step);
    }
    const bool is_due = state_.is_evaluating ||
                        (epoch + 1) % options_.evaluate_every == 0 ||
                        epoch + 1 == options_.epochs;
    if (!is_due) {
      // However seldom a run is evaluated, a crash costs a twentieth at most.
      if ((epoch + 1) % TwentiethOf(options_.epochs) == 0) {
        HG_RETURN_IF_ERROR(SaveState());
      }
      return false;
    }
    progress.Clear();
    state_.is_evaluating = true;
    const auto rate = rows_to_go > 0
                          ? std::optional(rows_to_go / watch.Seconds())
                          : std::nullopt;
    HG_ASSIGN_OR_RETURN(const bool is_interrupted,
                        IsInterrupted(EvaluateEpoch(epoch, rate)));
    if (is_interrupted) HG_RETURN_IF_ERROR(SaveState());
    return is_interrupted;
  }

  // Evaluates on validation rows, keeps the epoch if it is the best so far,
  // saves the state, and decides whether to stop early.
  // `rate`: networks x rows a second; none where an interrupted evaluation is
  // made again.
  absl::Status EvaluateEpoch(int64_t epoch, std::optional<double> rate) {
    const Learner& learner = stepper_.learner();
    Manifest manifest = maker_.NewManifest(learner, epoch + 1);
    HG_ASSIGN_OR_RETURN(const Figures figures,
                        maker_.Validate(learner.module(), manifest));
    manifest.validation = maker_.NamedForRows(figures);
    HG_ASSIGN_OR_RETURN(
        const Diversity diversity,
        MeasureDiversity(
            learner.module(),
            DrawNoise(maker_.Evaluation().seed, 0, kDiversityNetworks,
                      manifest.noise_size, manifest.members),
            device_));
    manifest.validation["diversity"] = diversity.all;
    const double loss = ValidationLoss(data_.task, figures);
    const bool is_candidate = learner.has_learned();
    const bool is_best = is_candidate && loss < state_.best_loss;
    if (is_best) {
      // The last that can be interrupted: from here on the epoch counts.
      HG_RETURN_IF_ERROR(maker_.Calibrate(learner.module(), &manifest));
      HG_RETURN_IF_ERROR(Save(learner.module(), manifest));
      state_.best_loss = loss;
      state_.best_epoch = epoch + 1;
      state_.epochs_without_better = 0;
    } else if (is_candidate) {
      ++state_.epochs_without_better;
    }
    HG_RETURN_IF_ERROR(Record(epoch, figures, diversity, rate, is_best));
    if (LearnsDeviation()) LearnDeviation(figures);
    if (is_candidate) StopEarly(diversity);
    state_.is_evaluating = false;
    return SaveState();
  }

  void LearnDeviation(const Figures& figures) {
    // A likelihood without width would leave every other term without weight.
    const double least = 1e-3 * Spread(data_.targets.deviation);
    state_.target_deviation = std::max(least, figures.at("rmse_1"));
    stepper_.SetDeviation(state_.target_deviation);
  }

  absl::Status Record(int64_t epoch, const Figures& figures,
                      const Diversity& diversity, std::optional<double> rate,
                      bool is_best) {
    const std::string speed =
        rate ? absl::StrFormat("  %.0f networks x rows/s", *rate) : "";
    std::printf(
        "epoch %" PRId64 "/%" PRId64 "  %s%s%s%s\n", epoch + 1, options_.epochs,
        data_.validates_on_training ? "on the training rows: " : "",
        EpochLine(data_.task, figures, state_.report, diversity).c_str(),
        speed.c_str(), is_best ? "  best" : "");
    std::fflush(stdout);
    nlohmann::ordered_json record;
    record["epoch"] = epoch + 1;
    record["step"] = state_.step;
    record["seconds"] = Elapsed().seconds;
    for (const auto& [name, mean] : state_.report.Means()) record[name] = mean;
    record[ValidationRowsName()] = figures;
    record["diversity"] = diversity.all;
    record["layer_diversity"] = diversity.layers;
    record["nearest"] = diversity.nearest;
    if (rate) record["networks_rows_per_second"] = *rate;
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
    HG_ASSIGN_OR_RETURN(const double temperature, maker_.Temper(&checkpoint));
    if (temperature == 1) return absl::OkStatus();
    const Figures& figures = checkpoint.manifest.validation;
    const std::string prefix = data_.validates_on_training ? "training_" : "";
    std::printf("temperature of the pool %.3f: %s NLL %.4f, ECE %.4f\n",
                temperature, ValidationRowsName(),
                figures.at(absl::StrCat(prefix, "nll")),
                figures.at(absl::StrCat(prefix, "ece")));
    return Save(checkpoint.module, checkpoint.manifest);
  }

  absl::Status SaveState() {
    TrainingState state = Elapsed();
    state.tensors = stepper_.learner().Tensors();
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
        maker_.Evaluate(checkpoint.module, checkpoint.manifest, data_.test));
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
  const Stop& stop_;
  const c10::Device device_;
  const RunFiles files_;
  const TrainingData& data_;
  const Architecture& architecture_;
  Workers& workers_;
  Stepper stepper_;
  const CheckpointMaker maker_;
  const Stopwatch watch_;
  TrainingState state_;  // its tensors are the learner's, filled in to save
};

// HMC samples one posterior: that of the rows alone, from the first step on.
absl::Status CheckPosterior(const TrainingOptions& o, Task task) {
  if (o.augmentation.shift > 0 || o.augmentation.flip || o.repulsion > 0 ||
      o.joint > 0) {
    return absl::InvalidArgumentError(
        "--shift, --flip, --repulsion, --joint: expected none of them for "
        "--method=hmc, whose energy must be that of the rows alone");
  }
  if (task == Task::kRegression && o.target_deviation == 0) {
    return absl::InvalidArgumentError(
        "--target_deviation: expected the deviation of the targets' noise, "
        "which --method=hmc does not learn, got none");
  }
  return absl::OkStatus();
}

// Once the data have told the task.
absl::Status CheckTask(const TrainingOptions& options, Task task) {
  if (options.temper && task != Task::kClassification) {
    return absl::InvalidArgumentError(
        "--temper: expected a classification, got a regression");
  }
  return options.method == Method::kHmc ? CheckPosterior(options, task)
                                        : absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrainingResult> Train(const TrainingOptions& options,
                                     const Stop& stop) {
  return Train(
      options, [](const DataProfile&, TrainingOptions*) {}, stop);
}

absl::StatusOr<TrainingResult> Train(TrainingOptions options,
                                     const Complete& complete,
                                     const Stop& stop) {
  HG_RETURN_IF_ERROR(CheckTrainingOptions(options));
  // First of all: LibTorch answers its first question about CUDA for good.
  HG_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(options.device));
  const VersionChoice version = {options.model_repository, options.model,
                                 options.version, options.resume};
  HG_RETURN_IF_ERROR(CheckVersion(version));
  HG_ASSIGN_OR_RETURN(TrainingData data, OpenTrainingData(options));
  complete(ProfileOf(data), &options);
  HG_RETURN_IF_ERROR(CheckTrainingOptions(options));
  HG_RETURN_IF_ERROR(CheckTask(options, data.task));
  HG_ASSIGN_OR_RETURN(Architecture architecture,
                      BuildArchitecture(options, data));
  HG_RETURN_IF_ERROR(CheckOutliers(options, data.split.training));
  Workers workers(device.is_cpu() ? options.threads : 1);
  if (!device.is_cpu()) {
    // Bytes of pixels as a rule, so that a step copies nothing but its index.
    HG_RETURN_IF_ERROR(TorchGuard("training rows", [&] {
      data.split.training = data.split.training.To(device);
      return absl::OkStatus();
    }));
  }
  // Made anew for each use: it learns.
  const auto new_stepper =
      [&](const TrainingOptions& of) -> absl::StatusOr<Stepper> {
    HG_ASSIGN_OR_RETURN(
        std::unique_ptr<Posterior> posterior,
        NewPosterior(of, architecture, data.split.training.size(), device));
    HG_ASSIGN_OR_RETURN(
        Learner learner,
        NewLearner(std::move(posterior), architecture.target, device));
    return Stepper(of, data.task, data.split.training, device, workers,
                   std::move(learner), FirstDeviation(options, data));
  };
  if (options.minutes > 0) {
    // Long enough for any method, as what follows may be.
    TrainingOptions long_run = options;
    long_run.epochs = kProbeEpochs;
    HG_ASSIGN_OR_RETURN(Stepper probe, new_stepper(long_run));
    HG_RETURN_IF_ERROR(SetEpochsByTime(version, probe, &options));
  }
  if (options.evaluate_every == 0) {
    options.evaluate_every = EvaluateEvery(options);
  }
  HG_ASSIGN_OR_RETURN(Stepper stepper, new_stepper(options));
  HG_RETURN_IF_ERROR(
      CheckpointMaker(options, data, architecture, device, workers, stop)
          .CheckManifest(stepper.learner()));
  HG_ASSIGN_OR_RETURN(ClaimedFolder folder, ClaimVersion(version));
  Run run(options, stop, device, RunFiles(std::move(folder), options.format),
          data, architecture, workers, std::move(stepper));
  HG_RETURN_IF_ERROR(run.Prepare());
  return run.Execute();
}

}  // namespace hypergan::trainer
