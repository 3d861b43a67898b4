#include "hypergan/compute/forward_pass.h"

#include <ATen/ATen.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "hypergan/compute/kernel.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

constexpr int64_t kTrialNetworks = 2;
constexpr int64_t kTrialRows = 2;
constexpr double kTolerance = 1e-4;  // of the outputs' scale

// Whether two forms' outputs differ by rounding only.
bool Agree(const at::Tensor& expected, const at::Tensor& got) {
  if (expected.sizes() != got.sizes()) return false;
  const double scale = expected.abs().max().item<double>();
  const double error = (expected - got).abs().max().item<double>();
  return error <= kTolerance * scale;
}

at::Tensor TrialRows(const Manifest& manifest, c10::Device device) {
  std::vector<int64_t> shape = manifest.input_shape;
  shape.insert(shape.begin(), kTrialRows);
  return DrawNoise(1, 0, kTrialRows, manifest.RowSize()).view(shape).to(device);
}

}  // namespace

absl::StatusOr<ForwardPass> ForwardPass::Create(const Checkpoint& checkpoint,
                                                c10::Device device,
                                                ExecutionForm wanted) {
  ForwardPass pass(checkpoint, device);
  if (wanted == ExecutionForm::kModule) {
    pass.wanted_ = wanted;
    return pass;
  }
  pass.CreateForms(checkpoint);
  HG_RETURN_IF_ERROR(TorchGuard("trial of the execution forms",
                                [&] { return pass.Try(checkpoint); }));
  if (!pass.Has(wanted)) {
    return absl::FailedPreconditionError(
        absl::StrCat("execution form '", ExecutionFormName(wanted),
                     "' is not possible: ", pass.why_not_));
  }
  pass.wanted_ = wanted;
  return pass;
}

void ForwardPass::CreateForms(const Checkpoint& checkpoint) {
  const std::string& json = checkpoint.manifest.target_network_json;
  if (json.empty()) {
    why_not_ = "the manifest does not describe the target network";
    return;
  }
  const absl::StatusOr<TargetNetwork> target = ParseTargetNetwork(json);
  if (!target.ok()) {
    why_not_ = std::string(target.status().message());
    return;
  }
  const int64_t max_bytes = BoundsFor(device_.is_cpu()).activation_bytes;
  auto batch = NetworkBatch::Create(*target, device_, max_bytes);
  if (batch.ok()) batch_ = *std::move(batch);
  if (!device_.is_cpu() || Kernels().empty()) {
    why_not_ = "it needs a CPU with AVX2 and FMA";
    return;
  }
  auto loop = NetworkLoop::Create(*target, Kernels().front());
  if (loop.ok()) {
    loop_ = *std::move(loop);
  } else {
    why_not_ = std::string(loop.status().message());
  }
}

// Drops the forms that fail or disagree with the module.
absl::Status ForwardPass::Try(const Checkpoint& checkpoint) {
  if (!batch_ && !loop_) return absl::OkStatus();
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const at::Tensor noise =
      DrawNoise(1, 0, kTrialNetworks, checkpoint.manifest.noise_size);
  const WeightSets sets = {
      module_.get_method("generate")({noise.to(device_)}).toTensorVector()};
  const at::Tensor rows = TrialRows(checkpoint.manifest, device_);
  const at::Tensor expected =
      OutputsIn(ExecutionForm::kModule, rows, {&sets, 1});
  const auto agrees = [&](ExecutionForm form) {
    bool agree = false;
    const absl::Status status = TorchGuard("trial", [&] {
      agree = Agree(expected, OutputsIn(form, rows, {&sets, 1}));
      return absl::OkStatus();
    });
    if (!status.ok()) {
      why_not_ = std::string(status.message());
    } else if (!agree) {
      why_not_ = "its outputs differ from those of the module's predict";
    }
    return agree;
  };
  if (batch_ && !agrees(ExecutionForm::kBatched)) batch_.reset();
  if (loop_ && !agrees(ExecutionForm::kLoop)) loop_.reset();
  return absl::OkStatus();
}

bool ForwardPass::Has(ExecutionForm form) const {
  if (form == ExecutionForm::kLoop) return loop_.has_value();
  if (form == ExecutionForm::kBatched) return batch_.has_value();
  return true;
}

ExecutionForm ForwardPass::FormFor(int64_t networks) const {
  if (wanted_ != ExecutionForm::kAuto) return wanted_;
  return ChooseForm({.on_cpu = device_.is_cpu(),
                     .loop = loop_.has_value(),
                     .batched = batch_.has_value()},
                    networks);
}

at::Tensor ForwardPass::Outputs(
    const at::Tensor& rows, absl::Span<const WeightSets> weight_sets) const {
  return OutputsIn(FormFor(CountNetworks(weight_sets)), rows, weight_sets);
}

at::Tensor ForwardPass::OutputsIn(
    ExecutionForm form, const at::Tensor& rows,
    absl::Span<const WeightSets> weight_sets) const {
  c10::InferenceMode inference;
  if (form == ExecutionForm::kLoop) return loop_->Predict(rows, weight_sets);
  if (form == ExecutionForm::kBatched) {
    return batch_->Predict(rows, weight_sets);
  }
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  return module_.get_method("predict")({rows, Concatenate(weight_sets).tensors})
      .toTensor();
}

}  // namespace hypergan
