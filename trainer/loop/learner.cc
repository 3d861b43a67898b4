#include "trainer/loop/learner.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/compute/execution_form.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan::trainer {
namespace {

bool IsFinite(const StepReport& report) {
  return std::isfinite(report.loss) && std::isfinite(report.disagreement) &&
         std::isfinite(report.ambiguity) && std::isfinite(report.mixer_loss) &&
         std::isfinite(report.discriminator_loss) &&
         std::isfinite(report.regulariser);
}

// From the weight sets and the regulariser back to the parameters.
void Backward(const Posterior::Sample& sample,
              std::vector<at::Tensor> gradients) {
  std::vector<at::Tensor> roots = sample.weights;
  if (sample.regulariser.defined()) {
    roots.push_back(sample.regulariser);
    gradients.push_back(torch::ones_like(sample.regulariser));
  }
  torch::autograd::backward(roots, gradients);
}

}  // namespace

Learner::Learner(std::unique_ptr<Posterior> posterior, c10::Device device,
                 std::optional<NetworkBatch> batch)
    : posterior_(std::move(posterior)),
      device_(device),
      batch_(std::move(batch)) {}

absl::StatusOr<StepReport> Learner::Step(int64_t step, const StepRows& rows,
                                         const ObjectiveOptions& objective,
                                         const LearningRates& rates,
                                         Workers& workers) {
  return TorchGuard("training step", [&]() -> absl::StatusOr<StepReport> {
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    StepReport report;
    const Posterior::Sample sample =
        posterior_->Draw(step, objective.networks, &report);
    StepRows here = rows;
    here.inputs = rows.inputs.to(device_);
    here.targets = rows.targets.to(device_);
    if (rows.synthetic_outliers.defined())
      here.synthetic_outliers = rows.synthetic_outliers.to(device_);
    HG_ASSIGN_OR_RETURN(
        TargetGradients gradients,
        batch_ ? RunTargetNetworks(*batch_, sample.weights, here, objective)
               : RunTargetNetworks(module(), sample.weights, here, objective,
                                   workers));
    report.loss = gradients.loss;
    report.disagreement = gradients.disagreement;
    report.ambiguity = gradients.ambiguity;
    if (!IsFinite(report)) {
      return absl::AbortedError(
          absl::StrCat("the loss is not finite at step ", step));
    }
    Backward(sample, gradients.weights);
    posterior_->Gradients();
    posterior_->SeeLosses(gradients.losses);
    HG_RETURN_IF_ERROR(posterior_->Update(rates, workers));
    return report;
  });
}

absl::StatusOr<Learner> NewLearner(std::unique_ptr<Posterior> posterior,
                                   const TargetNetwork& target,
                                   c10::Device device) {
  if (device.is_cpu()) return Learner(std::move(posterior), device);
  HG_ASSIGN_OR_RETURN(
      NetworkBatch batch,
      NetworkBatch::Create(target, device, BoundsFor(false).activation_bytes));
  return Learner(std::move(posterior), device, std::move(batch));
}

}  // namespace hypergan::trainer
