#include "trainer/methods/laplace.h"

#include <torch/script.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "base/status_macros.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/module.h"
#include "hypergan/target/operations.h"
#include "hypergan/target/target_source.h"
#include "hypergan/target/torchscript_source.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/methods/baselines/layer_parameters.h"
#include "trainer/methods/posterior.h"

namespace hypergan::trainer {
namespace {

constexpr int64_t kMostNetworks = 20;
// Of a last layer, with the 1 among its inputs: each has a square of axes.
constexpr int64_t kMostInputs = 4096, kMostOutputs = 2048;
constexpr int64_t kLaplaceBatch = 512;

// The last layers of M networks as [M, K, d + 1], biases last.
at::Tensor LastLayers(const std::vector<at::Tensor>& weights) {
  return at::cat({weights[weights.size() - 2], weights.back().unsqueeze(-1)},
                 -1);
}

// The network whose outputs are the inputs of the target's last layer: with a
// last layer that gives what it gets.
TargetNetwork Trunk(TargetNetwork target) {
  target.layers.back().outputs = SlotsOf(target).back().Inputs();
  target.output_mean.clear();
  target.output_deviation.clear();
  return target;
}

absl::StatusOr<TargetNetwork> TargetOf(const Manifest& manifest) {
  if (manifest.target_network_json.empty()) {
    return absl::FailedPreconditionError(
        "laplace: expected a checkpoint that describes its target network, as "
        "those of hypergan-trainer do");
  }
  return ParseTargetNetwork(manifest.target_network_json);
}

// Inputs of the last layer, with a 1, of M networks.
class Features {
 public:
  // `weights` of the target, of which those of the last layer do not count.
  Features(const TargetNetwork& trunk, std::vector<at::Tensor> weights)
      : module_(NewBaselineModule("Features", trunk)),
        weights_(std::move(weights)) {
    const int64_t networks = weights_.back().size(0);
    const int64_t features = trunk.NumOutputs();
    weights_[weights_.size() - 2] =
        at::eye(features).expand({networks, features, features});
    weights_.back() = at::zeros({networks, features});
    // The text of a target network asks for a generator.
    module_.define(
        absl::StrCat("def generate(self, noise: Tensor) -> List[Tensor]:\n"
                     "    return [noise]\n",
                     TargetNetworkSource(trunk)));
  }

  // inputs [B, ...] -> [M, B, d + 1]
  at::Tensor Of(const at::Tensor& inputs) {
    const at::Tensor features =
        module_.get_method("predict")({inputs, weights_}).toTensor();
    return at::cat({features, at::ones_like(features.narrow(-1, 0, 1))}, -1);
  }

 private:
  torch::jit::Module module_;
  std::vector<at::Tensor> weights_;
};

// How curved the loss is in the outputs f [M, B, K], summed over the B rows:
// float64 [M, K, K]. Row by row it would be B times as large.
at::Tensor Curvature(const at::Tensor& f, const at::Tensor& noise_precision) {
  if (noise_precision.defined()) {
    return at::diag_embed(noise_precision.expand(f.sizes()).sum(1));
  }
  const at::Tensor p = f.softmax(-1).to(at::kDouble);
  return at::diag_embed(p.sum(1)) - p.transpose(1, 2).matmul(p);
}

// What rows say of M networks, before the prior: the eigenvectors, by columns,
// and eigenvalues of G and A, float64.
struct Fit {
  at::Tensor means;                        // [M, K, d + 1]
  at::Tensor output_axes, input_axes;      // [M, K, K], [M, d + 1, d + 1]
  at::Tensor output_values, input_values;  // [M, K], [M, d + 1]
  // Of a regression, in the units of the last layer's outputs, [K]; else none.
  at::Tensor noise_precision;

  // Of the precision in the axes of both: [M, K, d + 1].
  at::Tensor Precisions(double prior) const {
    return output_values.unsqueeze(-1) * input_values.unsqueeze(-2) + prior;
  }
};

absl::Status AddRows(Features& features, const Rows& rows,
                     const LaplaceOptions& options, Fit* fit) {
  const int64_t networks = fit->means.size(0), outputs = fit->means.size(1);
  const int64_t inputs = fit->means.size(2);
  at::Tensor a = at::zeros({networks, inputs, inputs}, at::kDouble);
  at::Tensor g = at::zeros({networks, outputs, outputs}, at::kDouble);
  for (int64_t first = 0; first < rows.size(); first += kLaplaceBatch) {
    if (options.interrupt) HG_RETURN_IF_ERROR(options.interrupt());
    const int64_t count = std::min(kLaplaceBatch, rows.size() - first);
    const at::Tensor h = features.Of(rows.Inputs(first, count));
    const at::Tensor f = h.matmul(fit->means.transpose(1, 2));
    a.add_(h.transpose(1, 2).matmul(h));
    g.add_(Curvature(f, fit->noise_precision));
  }
  const auto decompose = [](const at::Tensor& symmetric, at::Tensor* values,
                            at::Tensor* axes) {
    std::tie(*values, *axes) = at::linalg_eigh(symmetric);
    values->clamp_min_(0);  // but for rounding
  };
  decompose(a, &fit->input_values, &fit->input_axes);
  decompose(g / static_cast<double>(rows.size()), &fit->output_values,
            &fit->output_axes);
  return absl::OkStatus();
}

// Variances of the last layer's outputs: h [M, R, d + 1] -> float64 [M, R, K].
at::Tensor OutputVariance(const Fit& fit, double prior, const at::Tensor& h) {
  const at::Tensor squares =
      h.to(at::kDouble).matmul(fit.input_axes).square();  // [M, R, d + 1]
  const at::Tensor in_axes =
      squares.matmul(fit.Precisions(prior).reciprocal().transpose(1, 2));
  return in_axes.matmul(fit.output_axes.square().transpose(1, 2));
}

// The negative log-likelihood, mean over rows with the features h: of a
// classification by MacKay's approximation, softmax(f / sqrt(1 + pi / 8
// variance)).
double Loss(const Fit& fit, double prior, const at::Tensor& h,
            const at::Tensor& targets) {
  const at::Tensor f = h.matmul(fit.means.transpose(1, 2));
  const at::Tensor variance = OutputVariance(fit, prior, h);
  if (!fit.noise_precision.defined()) {
    const at::Tensor p =
        (f / (1 + std::numbers::pi / 8 * variance).sqrt()).softmax(-1).mean(0);
    return NegativeLogLikelihood(p, targets);
  }
  const at::Tensor total =
      variance.mean(0) + f.var(0, /*unbiased=*/false) + 1 / fit.noise_precision;
  const at::Tensor errors = (targets - f.mean(0)).square() / total;
  return ((errors + total.log()).sum(-1) / 2).mean().item<double>();
}

double BestPrior(const Fit& fit, Features& features, const Rows& validation,
                 const at::Tensor& targets) {
  std::vector<at::Tensor> batches;
  for (int64_t first = 0; first < validation.size(); first += kLaplaceBatch) {
    batches.push_back(features.Of(validation.Inputs(
        first, std::min(kLaplaceBatch, validation.size() - first))));
  }
  double best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (int power = -2; power <= 4; ++power) {
    const double prior = std::pow(10, power);
    double loss = 0;  // summed over the rows
    for (int64_t first = 0; const at::Tensor& h : batches) {
      const int64_t count = h.size(1);
      loss += static_cast<double>(count) *
              Loss(fit, prior, h, targets.narrow(0, first, count));
      first += count;
    }
    if (!(loss < least)) continue;
    least = loss;
    best = prior;
  }
  return best;
}

// W = mean + U_G (step / sqrt(precision)) U_A^T, with the axes U of the picked
// network. Networks are gone through one by one: axes for each network of a
// request would be large.
std::string LaplaceSource(const TargetNetwork& target) {
  const std::vector<ParameterSlot> slots = SlotsOf(target);
  const ParameterSlot& slot = slots.back();
  std::string source = absl::Substitute(
      "def generate(self, noise: Tensor) -> List[Tensor]:\n"
      "    member = $0\n"
      "    step = noise[:, 1:].view([-1, $1, $2])\n"
      "    last = self.last_mean.index_select(0, member)\n"
      "    for m in range(self.last_mean.size(0)):\n"
      "        change = torch.matmul(torch.matmul(self.output_axes[m], step * "
      "self.deviation[m]), self.input_axes[m].t())\n"
      "        is_picked = (member == m).view([-1, 1, 1])\n"
      "        last = last + torch.where(is_picked, change, "
      "torch.zeros_like(change))\n",
      MemberOfNoise(), slot.outputs, slot.Inputs() + 1);
  std::vector<std::string> list;
  for (size_t i = 0; i + 2 < 2 * slots.size(); ++i) {
    list.push_back(absl::Substitute("self.fixed$0.index_select(0, member)", i));
  }
  list.push_back(absl::Substitute("last[:, :, :$0]", slot.Inputs()));
  list.push_back(absl::Substitute("last[:, :, $0]", slot.Inputs()));
  return absl::StrCat(source, "    return [", absl::StrJoin(list, ", "), "]\n",
                      TargetNetworkSource(target));
}

torch::jit::Module NewLaplaceModule(const TargetNetwork& target,
                                    const std::vector<at::Tensor>& weights,
                                    const Fit& fit, double prior) {
  torch::jit::Module module = NewBaselineModule("LastLayerLaplace", target);
  for (size_t i = 0; i + 2 < weights.size(); ++i) {
    module.register_buffer(absl::StrCat("fixed", i), weights[i]);
  }
  module.register_buffer("last_mean", fit.means);
  module.register_buffer("output_axes", fit.output_axes.to(at::kFloat));
  module.register_buffer("input_axes", fit.input_axes.to(at::kFloat));
  module.register_buffer("deviation",
                         fit.Precisions(prior).rsqrt().to(at::kFloat));
  module.register_buffer(kMemberBounds, MemberBounds(fit.means.size(0)));
  module.define(LaplaceSource(target));
  return module;
}

absl::Status Check(const LaplaceOptions& options) {
  if (options.networks < 1 || options.networks > kMostNetworks) {
    return absl::InvalidArgumentError(
        absl::StrCat("laplace: networks: expected 1..", kMostNetworks, ", got ",
                     options.networks));
  }
  if (!(options.prior_precision >= 0 && options.prior_precision <= 1e12)) {
    return absl::InvalidArgumentError(
        absl::StrCat("laplace: prior precision: expected 0..1e12, got ",
                     options.prior_precision));
  }
  return absl::OkStatus();
}

absl::Status CheckLastLayer(const ParameterSlot& last) {
  const auto check = [](const char* what, int64_t most, int64_t got) {
    if (got <= most) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("laplace: expected a last layer of at most ", most, " ",
                     what, ", got ", got));
  };
  HG_RETURN_IF_ERROR(check("inputs", kMostInputs - 1, last.Inputs()));
  HG_RETURN_IF_ERROR(check("outputs", kMostOutputs, last.outputs));
  return check("weights and biases, a noise number for each", kMaxNoiseSize - 1,
               last.outputs * (last.Inputs() + 1));
}

// Networks of the checkpoint; its members in their order where it has some.
std::vector<at::Tensor> NetworksOf(Checkpoint& base, int64_t networks,
                                   uint64_t seed) {
  at::Tensor noise = StepNoise(seed, 0, networks, base.manifest.noise_size,
                               c10::Device(c10::kCPU));
  if (base.manifest.members > 1) {
    noise = SpreadOverMembers(noise, base.manifest.members);
  }
  return base.module.get_method("generate")({noise}).toTensorVector();
}

absl::StatusOr<at::Tensor> NoisePrecision(const Manifest& manifest,
                                          const TargetNetwork& target) {
  if (manifest.task == Task::kClassification) return at::Tensor();
  if (manifest.noise_deviation.empty()) {
    return absl::FailedPreconditionError(
        "laplace: expected a regression whose noise the manifest states, got "
        "none: train it with calibration rows");
  }
  const at::Tensor noise = at::tensor(manifest.noise_deviation, at::kDouble);
  if (target.output_deviation.empty()) return noise.pow(-2);
  return (noise / at::tensor(target.output_deviation, at::kDouble)).pow(-2);
}

// As the last layer gives them, before a regression's constants.
at::Tensor TargetsOf(const Rows& rows, const TargetNetwork& target) {
  if (rows.targets.scalar_type() == at::kLong) return rows.targets;
  at::Tensor values = rows.targets.to(at::kDouble);
  if (!target.output_mean.empty()) {
    values = values - at::tensor(target.output_mean, at::kDouble);
  }
  if (!target.output_deviation.empty()) {
    values = values / at::tensor(target.output_deviation, at::kDouble);
  }
  return values;
}

Manifest LaplaceManifest(const Manifest& base, const at::Tensor& means,
                         double prior_precision) {
  Manifest manifest = base;
  manifest.noise_size = 1 + means.size(1) * means.size(2);
  manifest.members = means.size(0);
  manifest.calibration.reset();
  manifest.label_calibration.reset();
  manifest.pool_temperature = 1;
  manifest.validation.clear();
  const auto method = base.provenance.find("method");
  manifest.provenance["method"] = absl::StrCat(
      "last-layer Laplace of ",
      method == base.provenance.end() ? "a checkpoint" : method->second);
  manifest.provenance["prior_precision"] = absl::StrCat(prior_precision);
  return manifest;
}

}  // namespace

absl::StatusOr<Checkpoint> LastLayerLaplace(Checkpoint& base,
                                            const Rows& training,
                                            const Rows& validation,
                                            const LaplaceOptions& options) {
  HG_RETURN_IF_ERROR(Check(options));
  return TorchGuard("laplace", [&]() -> absl::StatusOr<Checkpoint> {
    torch::NoGradGuard no_grad;
    HG_ASSIGN_OR_RETURN(const TargetNetwork target, TargetOf(base.manifest));
    HG_RETURN_IF_ERROR(CheckLastLayer(SlotsOf(target).back()));
    const std::vector<at::Tensor> weights =
        NetworksOf(base, options.networks, options.seed);
    Features features(Trunk(target), weights);
    Fit fit;
    fit.means = LastLayers(weights);
    HG_ASSIGN_OR_RETURN(fit.noise_precision,
                        NoisePrecision(base.manifest, target));
    HG_RETURN_IF_ERROR(AddRows(features, training, options, &fit));
    const double prior = options.prior_precision > 0
                             ? options.prior_precision
                             : BestPrior(fit, features, validation,
                                         TargetsOf(validation, target));
    Checkpoint result;
    result.module = NewLaplaceModule(target, weights, fit, prior);
    result.manifest = LaplaceManifest(base.manifest, fit.means, prior);
    result.manifest_json = ManifestToJson(result.manifest);
    return result;
  });
}

}  // namespace hypergan::trainer
