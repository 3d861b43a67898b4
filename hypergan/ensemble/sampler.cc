#include "hypergan/ensemble/sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

constexpr int64_t kLawTrialNetworks = 3;
constexpr double kLawTolerance = 1e-5;  // of the weights' scale
// A bfloat16 has 8 bits, and a weight is a sum of many rounded terms.
constexpr double kHalfTolerance = 0.05;

bool Agree(const WeightSets& expected, const WeightSets& got,
           double tolerance) {
  if (expected.tensors.size() != got.tensors.size()) return false;
  double scale = 0;
  double error = 0;
  for (size_t i = 0; i < expected.tensors.size(); ++i) {
    const at::Tensor& a = expected.tensors[i];
    const at::Tensor& b = got.tensors[i];
    if (a.sizes() != b.sizes()) return false;
    if (a.numel() == 0) continue;
    scale = std::max(scale, a.abs().max().item<double>());
    const auto difference = (a - b).abs().max().item<double>();
    if (!(difference >= 0)) return false;  // NaN
    error = std::max(error, difference);
  }
  return error <= tolerance * scale;
}

// Takes the tensors at `paths` out of the module, but for those that `predict`
// reads too.
void Release(torch::jit::Module& module,
             const std::vector<std::string>& paths) {
  const std::vector<std::string> read = AttributesRead(module, "predict");
  for (const std::string& path : paths) {
    if (std::find(read.begin(), read.end(), path) != read.end()) continue;
    torch::jit::Module owner = module;
    size_t begin = 0;
    for (size_t end; (end = path.find('.', begin)) != std::string::npos;) {
      owner = owner.attr(path.substr(begin, end - begin)).toModule();
      begin = end + 1;
    }
    owner.setattr(path.substr(begin), at::empty({0}));
  }
}

}  // namespace

absl::StatusOr<Sampler> Sampler::Create(const Checkpoint& checkpoint,
                                        c10::Device device,
                                        const SamplerOptions& options) {
  Sampler sampler(checkpoint, device);
  if (device.is_cpu() && !Kernels().empty()) {
    HG_RETURN_IF_ERROR(TorchGuard("packing the generators", [&] {
      c10::InferenceMode inference;
      sampler.Pack(options);
      return absl::OkStatus();
    }));
  }
  if (options.precision == WeightPrecision::kBfloat16 && !sampler.is_packed()) {
    return absl::UnimplementedError(
        "generators in bfloat16: expected linear layers with constant weights "
        "in `generate`, and a CPU with AVX2 and FMA");
  }
  return sampler;
}

void Sampler::Pack(const SamplerOptions& options) {
  PackedMethod packed = PackLinearLayers(module_, "generate",
                                         *Kernels().front(), options.precision);
  if (packed.packed.empty()) return;
  const WeightSets expected = Sample(1, 0, kLawTrialNetworks);
  executor_ =
      std::make_shared<torch::jit::GraphExecutor>(packed.graph, "generate");
  const double tolerance = options.precision == WeightPrecision::kBfloat16
                               ? kHalfTolerance
                               : kLawTolerance;
  if (!Agree(expected, Sample(1, 0, kLawTrialNetworks), tolerance)) {
    executor_.reset();
  } else if (options.owns_module) {
    Release(module_, packed.packed);
  }
}

at::Tensor Sampler::Noise(uint64_t seed, int64_t first, int64_t count) const {
  return DrawNoise(seed, first, count, noise_size_, members_);
}

WeightSets Sampler::Sample(uint64_t seed, int64_t first, int64_t count) const {
  return Generate(Noise(seed, first, count));
}

WeightSets Sampler::Generate(const at::Tensor& noise) const {
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const at::Tensor placed = noise.to(device_);
  if (executor_ == nullptr) {
    return {module_.get_method("generate")({placed}).toTensorVector()};
  }
  torch::jit::Stack stack = {module_._ivalue(), placed};
  executor_->run(stack);
  return {stack.back().toTensorVector()};
}

}  // namespace hypergan
