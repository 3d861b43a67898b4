#include "trainer/experiments/run.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "base/durable_file.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/runtime/device.h"
#include "trainer/data/open_dataset.h"
#include "trainer/data/training_data.h"
#include "trainer/evaluation/attack.h"
#include "trainer/evaluation/full_evaluation.h"
#include "trainer/evaluation/shift.h"
#include "trainer/experiments/history.h"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/post_hoc.h"
#include "trainer/loop/stopwatch.h"
#include "trainer/loop/training.h"
#include "trainer/methods/method.h"
#include "trainer/optimizer/random_stream.h"

namespace hypergan::trainer {
namespace {

// Rows that are asked about at each strength of each corruption.
constexpr int64_t kShiftedRows = 1000;

absl::StatusOr<Rows> OpenTest(const std::string& spec,
                              const Manifest& manifest) {
  HG_ASSIGN_OR_RETURN(
      const data::Dataset dataset,
      OpenDataset(spec, data::Split::kTest, manifest.input_shape));
  return ToRows(dataset, manifest.task);
}

absl::StatusOr<std::vector<OutsideRows>> OpenOutside(
    const Experiment& experiment, const RecipeChoice& choice,
    const Manifest& manifest) {
  std::vector<OutsideRows> all;
  for (const std::string& name : experiment.outside) {
    HG_ASSIGN_OR_RETURN(const data::Dataset dataset,
                        OpenDataset(absl::StrCat(choice.data_root, "/", name),
                                    data::Split::kTest, manifest.input_shape));
    all.push_back({name, InputsOnly(dataset)});
  }
  return all;
}

// One run, once its networks are trained.
class Evaluating {
 public:
  Evaluating(const Experiment& experiment, const RecipeChoice& choice,
             const TrainingOptions& options, const Stop& stop)
      : experiment_(experiment),
        choice_(choice),
        options_(options),
        stop_(stop) {}

  absl::Status Fill(const std::string& checkpoint_path,
                    ExperimentResult* result) {
    HG_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(options_.device));
    HG_ASSIGN_OR_RETURN(Checkpoint checkpoint,
                        LoadCheckpoint(checkpoint_path, device));
    Workers workers(device.is_cpu() ? options_.threads : 1);
    result->device = c10::DeviceTypeName(device.type(), /*lower_case=*/true);
    result->threads = workers.count();
    HG_ASSIGN_OR_RETURN(
        const Ensemble ensemble,
        Ensemble::Create(std::move(checkpoint), device, &workers, {}));
    const Manifest& manifest = ensemble.manifest();
    members_ = MembersOf(manifest);
    HG_ASSIGN_OR_RETURN(const Rows test, OpenTest(options_.data, manifest));
    HG_ASSIGN_OR_RETURN(const std::vector<OutsideRows> outside,
                        OpenOutside(experiment_, choice_, manifest));
    HG_RETURN_IF_ERROR(
        EvaluateFully(ensemble, test, outside, Options(), result));
    if (manifest.task == Task::kRegression) {
      HG_ASSIGN_OR_RETURN(const TrainingData data, OpenTrainingData(options_));
      AddObservations(data.split.training, result);
    }
    if (experiment_.attacks) {
      HG_RETURN_IF_ERROR(
          AddAttacks(*experiment_.attacks, ensemble, test, result));
    }
    return AddShifts(ensemble, test, result);
  }

 private:
  FullEvaluationOptions Options() const {
    FullEvaluationOptions options{
        EvaluationOf(options_.seed, options_.evaluation_networks, members_)};
    options.max_rows = choice_.is_short ? 100 : 0;
    options.interrupt = stop_.Interrupt();
    options.label = "evaluating";
    return options;
  }

  absl::Status AddAttacks(const AttackPlan& plan, const Ensemble& ensemble,
                          const Rows& test, ExperimentResult* result) const {
    const Rows rows = test.First(choice_.is_short ? 20 : plan.rows);
    for (const AttackKind kind : {AttackKind::kFgsm, AttackKind::kPgd}) {
      for (const bool on_ensemble : {false, true}) {
        AttackOptions options;
        options.kind = kind;
        options.on_ensemble = on_ensemble;
        options.epsilons = plan.epsilons;
        options.num_networks = std::min(Options().num_networks, plan.networks);
        options.fresh_networks = Options().num_networks;
        options.steps = plan.steps;
        options.restarts = plan.restarts;
        options.seed = Options().seed;
        options.interrupt = stop_.Interrupt();
        HG_ASSIGN_OR_RETURN(result->attacks.emplace_back(),
                            Attack(ensemble, rows, options));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddShifts(const Ensemble& ensemble, const Rows& test,
                         ExperimentResult* result) const {
    if (experiment_.shifts.empty()) return absl::OkStatus();
    FullEvaluationOptions options = Options();
    options.max_rows = choice_.is_short ? 20 : kShiftedRows;
    HG_ASSIGN_OR_RETURN(
        result->shifts,
        EvaluateShift(ensemble, test, experiment_.shifts, options));
    return absl::OkStatus();
  }

  const Experiment& experiment_;
  const RecipeChoice& choice_;
  const TrainingOptions& options_;
  const Stop& stop_;
  int64_t members_ = 0;  // of a deep ensemble, each asked once; 0: no such
};

// "improved-laplace" has the networks of "improved", with a last layer that
// varies.
constexpr absl::string_view kLaplace = "-laplace";

// Makes it of what has been trained; its checkpoint.
absl::StatusOr<std::string> WriteLaplace(const TrainingOptions& options,
                                         const RecipeChoice& choice,
                                         const std::string& trained,
                                         const Stop& stop) {
  HG_ASSIGN_OR_RETURN(Checkpoint base,
                      LoadCheckpoint(trained, c10::Device(c10::kCPU)));
  HG_ASSIGN_OR_RETURN(const TrainingData data, OpenTrainingData(options));
  constexpr int64_t kNetworks = 10;
  LaplaceOptions laplace;
  laplace.networks = choice.is_short ? 2 : kNetworks;
  laplace.seed = StreamSeed(options.seed, Stream::kEvaluationNoise);
  Workers workers(options.threads);
  HG_ASSIGN_OR_RETURN(const Checkpoint made,
                      MakeLaplace(base, options, data, laplace, stop, workers));
  const std::filesystem::path path =
      std::filesystem::path(options.model_repository) /
      absl::StrCat(MethodName(choice.method), "-", choice.variant) /
      absl::StrCat(options.version) / "model.pt";
  HG_RETURN_IF_ERROR(SaveCheckpoint(made.module, made.manifest, path));
  return path.string();
}

std::string Folder(const Experiment& experiment, const RecipeChoice& choice) {
  return absl::StrCat(choice.output, "/", experiment.name, "/",
                      MethodName(choice.method), "-", choice.variant, "/",
                      choice.seed);
}

}  // namespace

std::string ResultPath(const Experiment& experiment,
                       const RecipeChoice& choice) {
  return absl::StrCat(Folder(experiment, choice), "/result.json");
}

absl::StatusOr<ExperimentResult> RunExperiment(const Experiment& experiment,
                                               const RecipeChoice& choice,
                                               const std::string& command,
                                               const Stop& stop) {
  RecipeChoice trained_choice = choice;
  const bool is_laplace = absl::EndsWith(choice.variant, kLaplace);
  if (is_laplace) {
    trained_choice.variant.resize(choice.variant.size() - kLaplace.size());
  }
  HG_ASSIGN_OR_RETURN(TrainingOptions options,
                      RecipeOptions(experiment.recipe, trained_choice));
  const ModelFolder folder{absl::StrCat(options.model_repository, "/",
                                        options.model, "/", options.version)};
  options.resume = folder.FindTrainingState().has_value();
  HG_ASSIGN_OR_RETURN(const TrainingResult trained, Train(options, stop));
  if (trained.interrupted) {
    return absl::AbortedError(
        absl::StrCat("interrupted and saved in ", folder.path,
                     "; the same command goes on with it"));
  }
  ExperimentResult result;
  result.experiment = experiment.name;
  result.method = std::string(MethodName(choice.method));
  result.variant = choice.variant;
  result.seed = choice.seed;
  result.date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone());
  result.command = command;
  result.program_version = HYPERGAN_VERSION;
  result.parameters = trained.parameters;
  result.training_seconds = trained.seconds;
  result.core_seconds = trained.core_seconds;
  HG_ASSIGN_OR_RETURN(result.epochs, ReadHistory(folder.metrics()));
  std::string checkpoint = trained.checkpoint;
  if (is_laplace) {
    const Stopwatch stopwatch;
    HG_ASSIGN_OR_RETURN(
        checkpoint, WriteLaplace(options, choice, trained.checkpoint, stop));
    result.training_seconds += stopwatch.Seconds();
    result.core_seconds += stopwatch.CoreSeconds();
  }
  HG_RETURN_IF_ERROR(
      Evaluating(experiment, choice, options, stop).Fill(checkpoint, &result));
  HG_RETURN_IF_ERROR(
      WriteDurably(ResultPath(experiment, choice), ResultToJson(result)));
  return result;
}

}  // namespace hypergan::trainer
