#include "hypergan/checkpoint/described_model.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/safetensors.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"
#include "hypergan/target/architecture.h"
#include "hypergan/target/module.h"
#include "hypergan/target/torchscript_source.h"

namespace hypergan {
namespace {

constexpr char kManifestText[] = "manifest";
// A chain has fewer layers than this, or CheckArchitecture refuses it.
constexpr int kMostChainLayers = 64;
constexpr int64_t kComparedNetworks = 3;
constexpr int64_t kComparedRows = 2;
constexpr double kTrialTolerance = 1e-6;  // of the tensor's scale

using Shape = std::vector<int64_t>;
// The shape of the tensor of that name, if there is one.
using ShapeOf = std::function<std::optional<Shape>(const std::string& name)>;

template <typename... Parts>
absl::Status NotDescribed(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// The units of a chain's hidden layers: the rows of PREFIX_<i>_weight.
std::vector<int64_t> HiddenSizes(const std::string& prefix,
                                 const ShapeOf& shape_of) {
  std::vector<int64_t> sizes;
  for (int i = 0; i < kMostChainLayers; ++i) {
    const auto shape = shape_of(absl::StrCat(prefix, "_", i, "_weight"));
    if (!shape || shape->size() != 2) break;
    sizes.push_back(shape->front());
  }
  return sizes;
}

// The sizes that tensors of these shapes are of; wrong ones make a module whose
// tensors differ.
GeneratorSizes SizesOf(const Manifest& manifest, const ShapeOf& shape_of) {
  GeneratorSizes sizes;
  sizes.noise = manifest.noise_size;
  sizes.mixer = shape_of("mixer_out_weight").has_value();
  sizes.mixer_hidden = HiddenSizes("mixer", shape_of);
  sizes.generator_hidden = HiddenSizes("generator0", shape_of);
  const auto first =
      shape_of(sizes.generator_hidden.empty() ? "generator0_out_weight"
                                              : "generator0_0_weight");
  sizes.code = first && first->size() == 2 ? first->back() : 0;
  sizes.standard_codes = shape_of("codes_mean").has_value();
  const auto starts = shape_of(StartsName(0));
  sizes.starts = starts && !starts->empty() ? starts->front() : 1;
  return sizes;
}

absl::Status CheckShape(const std::string& name, const Shape& expected,
                        const ShapeOf& shape_of) {
  const auto got = shape_of(name);
  if (got == expected) return absl::OkStatus();
  return NotDescribed(
      "tensor ", name, ": expected [", absl::StrJoin(expected, ", "),
      "] for the manifest's target network, got ",
      got ? absl::StrCat("[", absl::StrJoin(*got, ", "), "]") : "none");
}

// The large tensors, before anything of their size is made.
absl::Status CheckChains(const Architecture& architecture,
                         const ShapeOf& shape_of) {
  std::vector<DenseLayer> layers = MixerLayers(architecture);
  for (size_t i = 0; i < architecture.target.layers.size(); ++i) {
    for (DenseLayer& layer : GeneratorLayers(architecture, i)) {
      layers.push_back(std::move(layer));
    }
    if (architecture.sizes.starts == 1) continue;
    HG_RETURN_IF_ERROR(CheckShape(
        StartsName(i), {architecture.sizes.starts, layers.back().outputs},
        shape_of));
  }
  for (const DenseLayer& layer : layers) {
    HG_RETURN_IF_ERROR(CheckShape(layer.name + "_weight",
                                  {layer.outputs, layer.inputs}, shape_of));
  }
  return absl::OkStatus();
}

// The HyperGAN of these tensors, its parameters still to be filled in.
absl::StatusOr<torch::jit::Module> Skeleton(const Manifest& manifest,
                                            const ShapeOf& shape_of) {
  if (manifest.target_network_json.empty()) {
    return NotDescribed(
        "manifest: target_network: expected a description, got a name: only a "
        "HyperGAN can be kept without code");
  }
  Architecture architecture;
  HG_ASSIGN_OR_RETURN(architecture.target,
                      ParseTargetNetwork(manifest.target_network_json));
  architecture.sizes = SizesOf(manifest, shape_of);
  const absl::Status status = CheckArchitecture(architecture);
  if (!status.ok()) {
    return NotDescribed("the tensors are not a HyperGAN's: ", status.message());
  }
  HG_RETURN_IF_ERROR(CheckChains(architecture, shape_of));
  return NewModule(architecture, 0);
}

// All of a module's numbers by name.
std::map<std::string, at::Tensor> TensorsOf(const torch::jit::Module& module) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : module.named_parameters(false)) {
    tensors[name] = tensor;
  }
  for (const auto& [name, tensor] : module.named_buffers(false)) {
    tensors[name] = tensor;
  }
  return tensors;
}

// Fills each tensor of `module` by `fill`, which says what the names stand for.
absl::Status Fill(
    torch::jit::Module& module, size_t tensors, const ShapeOf& shape_of,
    const std::function<absl::Status(const std::string&, at::Tensor&)>& fill) {
  torch::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> own = TensorsOf(module);
  for (auto& [name, tensor] : own) {
    HG_RETURN_IF_ERROR(CheckShape(name, tensor.sizes().vec(), shape_of));
    HG_RETURN_IF_ERROR(fill(name, tensor));
  }
  if (own.size() == tensors) return absl::OkStatus();
  return NotDescribed("expected the ", own.size(),
                      " tensors of the manifest's target network, got ",
                      tensors);
}

absl::StatusOr<torch::jit::Module> ReadModule(const SafetensorsFile& file,
                                              const Manifest& manifest) {
  const ShapeOf shape_of = [&](const std::string& name) {
    const auto found = file.tensors().find(name);
    return found == file.tensors().end()
               ? std::nullopt
               : std::optional<Shape>(found->second.shape);
  };
  HG_ASSIGN_OR_RETURN(torch::jit::Module module, Skeleton(manifest, shape_of));
  HG_RETURN_IF_ERROR(Fill(module, file.tensors().size(), shape_of,
                          [&](const std::string& name, at::Tensor& tensor) {
                            return file.Read(
                                file.tensors().at(name),
                                {tensor.data_ptr<float>(),
                                 static_cast<size_t>(tensor.numel())});
                          }));
  return module;
}

absl::StatusOr<Checkpoint> BuildDescribed(const std::string& path,
                                          c10::Device device) {
  HG_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Open(path));
  const auto text = file.metadata().find(kManifestText);
  if (text == file.metadata().end()) {
    return NotDescribed("no '", kManifestText, "' in the header's metadata");
  }
  Checkpoint checkpoint;
  checkpoint.manifest_json = text->second;
  HG_ASSIGN_OR_RETURN(checkpoint.manifest, ParseManifest(text->second));
  HG_ASSIGN_OR_RETURN(checkpoint.module, ReadModule(file, checkpoint.manifest));
  checkpoint.module.eval();
  checkpoint.module.to(device);
  return checkpoint;
}

// What the module says on trial noise and rows.
std::vector<at::Tensor> Trial(torch::jit::Module module,
                              const Manifest& manifest) {
  c10::InferenceMode inference;
  torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  module.eval();
  const at::Tensor noise =
      DrawNoise(0, 0, kComparedNetworks, manifest.noise_size);
  std::vector<at::Tensor> said =
      module.get_method("generate")({noise}).toTensorVector();
  Shape shape = manifest.input_shape;
  shape.insert(shape.begin(), kComparedRows);
  const at::Tensor rows =
      at::linspace(0, 1, c10::multiply_integers(shape)).view(shape);
  said.push_back(module.get_method("predict")({rows, said}).toTensor());
  return said;
}

absl::Status CheckSameTrial(const torch::jit::Module& module,
                            const torch::jit::Module& described,
                            const Manifest& manifest) {
  const std::vector<at::Tensor> expected = Trial(module, manifest);
  const std::vector<at::Tensor> got = Trial(described, manifest);
  bool is_same = expected.size() == got.size();
  for (size_t i = 0; is_same && i < got.size(); ++i) {
    is_same = expected[i].sizes() == got[i].sizes() &&
              (expected[i] - got[i]).abs().max().item<double>() <=
                  kTrialTolerance * expected[i].abs().max().item<double>();
  }
  if (is_same) return absl::OkStatus();
  return NotDescribed(
      "the module's methods are not a HyperGAN's of this program: what they "
      "say "
      "on trial noise is not what its tensors would say");
}

absl::StatusOr<std::string> Describe(const torch::jit::Module& module,
                                     const Manifest& manifest) {
  std::map<std::string, at::Tensor> tensors = TensorsOf(module);
  for (auto& [name, tensor] : tensors) {
    tensor = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  }
  const ShapeOf shape_of = [&](const std::string& name) {
    const auto found = tensors.find(name);
    return found == tensors.end()
               ? std::nullopt
               : std::optional<Shape>(found->second.sizes().vec());
  };
  HG_ASSIGN_OR_RETURN(torch::jit::Module described,
                      Skeleton(manifest, shape_of));
  HG_RETURN_IF_ERROR(Fill(described, tensors.size(), shape_of,
                          [&](const std::string& name, at::Tensor& tensor) {
                            tensor.copy_(tensors.at(name));
                            return absl::OkStatus();
                          }));
  HG_RETURN_IF_ERROR(CheckSameTrial(module, described, manifest));
  std::vector<SafetensorsContents> contents;
  contents.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    contents.push_back(
        {name,
         tensor.sizes().vec(),
         {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())}});
  }
  return WriteSafetensors({{kManifestText, ManifestToJson(manifest)}},
                          contents);
}

}  // namespace

absl::StatusOr<Checkpoint> ReadDescribedModel(const std::string& path,
                                              c10::Device device) {
  return TorchGuard("building the HyperGAN",
                    [&] { return BuildDescribed(path, device); });
}

absl::StatusOr<std::string> WriteDescribedModel(
    const torch::jit::Module& module, const Manifest& manifest) {
  return TorchGuard("describing the HyperGAN",
                    [&] { return Describe(module, manifest); });
}

}  // namespace hypergan
