#include "trainer/loop/time_budget.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "base/json_field.h"
#include "base/status_macros.h"
#include "trainer/loop/training_state.h"

namespace hypergan::trainer {
namespace {

constexpr double kShareOfSteps = 0.9;
constexpr int64_t kMaxEpochs = 1'000'000;
constexpr size_t kLeastSteps = 3;
constexpr absl::Duration kProbe = absl::Seconds(2);

// The epochs that the run in `folder` was started with.
absl::StatusOr<int64_t> EpochsOfRun(const ModelFolder& folder) {
  HG_ASSIGN_OR_RETURN(const TrainingState state,
                      LoadTrainingState(folder.FindTrainingState().value_or(
                          folder.training_state())));
  HG_ASSIGN_OR_RETURN(const nlohmann::json options,
                      ParseJson(state.fingerprint, "options of the run"));
  return JsonField<int64_t>(options, "epochs");
}

}  // namespace

int64_t EpochsWithin(absl::Duration budget, absl::Duration step,
                     int64_t steps_per_epoch) {
  const double epoch =
      absl::ToDoubleSeconds(step) * static_cast<double>(steps_per_epoch);
  const double epochs =
      kShareOfSteps * absl::ToDoubleSeconds(budget) / std::max(epoch, 1e-9);
  return static_cast<int64_t>(
      std::clamp(epochs, 1.0, static_cast<double>(kMaxEpochs)));
}

absl::StatusOr<absl::Duration> MeasureStep(
    Stepper& probe, const std::function<absl::Time()>& now) {
  const at::Tensor order = probe.Order(0);
  std::vector<absl::Duration> durations;
  const absl::Time start = now();
  int64_t step = 0;
  while (durations.size() < kLeastSteps || now() - start < kProbe) {
    const absl::Time begin = now();
    HG_RETURN_IF_ERROR(
        probe.Step(step++ % probe.steps_per_epoch(), order).status());
    durations.push_back(now() - begin);
  }
  const auto median =
      durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::nth_element(durations.begin(), median, durations.end());
  return *median;
}

absl::Status SetEpochsByTime(const VersionChoice& version, Stepper& probe,
                             TrainingOptions* options) {
  if (version.resume) {
    HG_ASSIGN_OR_RETURN(options->epochs, EpochsOfRun(FolderToResume(version)));
  } else {
    HG_ASSIGN_OR_RETURN(const absl::Duration step,
                        MeasureStep(probe, [] { return absl::Now(); }));
    options->epochs = EpochsWithin(absl::Minutes(options->minutes), step,
                                   probe.steps_per_epoch());
    std::printf("%g minutes: %lld epochs of %lld steps, %.1f ms each\n",
                options->minutes, static_cast<long long>(options->epochs),
                static_cast<long long>(probe.steps_per_epoch()),
                absl::ToDoubleMilliseconds(step));
  }
  return absl::OkStatus();
}

}  // namespace hypergan::trainer
