#include "hypergan/checkpoint/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/digest.h"
#include "base/durable_file.h"
#include "base/named_error.h"
#include "base/regular_file.h"
#include "base/status_macros.h"
#include "hypergan/checkpoint/archive.h"
#include "hypergan/checkpoint/described_model.h"
#include "hypergan/ensemble/noise.h"
#include "hypergan/runtime/torch_guard.h"

namespace hypergan {
namespace {

constexpr char kManifestFile[] = "manifest.json";
constexpr int64_t kContractNetworks = 3;
constexpr int64_t kContractRows = 2;
constexpr double kWeightTolerance = 1e-5;  // of the weights' scale
// Of the outputs': sums of thousands of numbers, in another order.
constexpr double kOutputTolerance = 1e-4;

template <typename... Parts>
absl::Status Breaks(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

std::string ShapeText(at::IntArrayRef shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

absl::StatusOr<std::vector<at::Tensor>> Generate(torch::jit::Module& module,
                                                 const at::Tensor& noise) {
  const c10::IValue value = module.get_method("generate")({noise});
  if (!value.isTensorList()) {
    return Breaks("generate: expected a list of tensors, got ",
                  value.tagKind());
  }
  std::vector<at::Tensor> weights = value.toTensorVector();
  if (weights.empty()) return Breaks("generate: the list is empty");
  for (size_t i = 0; i < weights.size(); ++i) {
    const at::Tensor& tensor = weights[i];
    if (tensor.scalar_type() != at::kFloat || tensor.dim() < 1 ||
        tensor.size(0) != noise.size(0)) {
      return Breaks("generate: tensor ", i, ": expected float32 [",
                    noise.size(0), ", ...], got ",
                    toString(tensor.scalar_type()), " ",
                    ShapeText(tensor.sizes()));
    }
    if (!at::isfinite(tensor).all().item<bool>()) {
      return Breaks("generate: tensor ", i, " is not finite, of ",
                    noise.size(0), " networks");
    }
  }
  return weights;
}

// What `predict` says to `inputs` by the networks of `weights`, as the contract
// has it.
absl::StatusOr<at::Tensor> Predict(torch::jit::Module& module,
                                   const at::Tensor& inputs,
                                   const std::vector<at::Tensor>& weights,
                                   const Manifest& manifest) {
  const c10::IValue value = module.get_method("predict")({inputs, weights});
  if (!value.isTensor()) {
    return Breaks("predict: expected a tensor, got ", value.tagKind());
  }
  const at::Tensor& outputs = value.toTensor();
  const std::vector<int64_t> expected = {weights[0].size(0), inputs.size(0),
                                         manifest.num_outputs};
  if (outputs.scalar_type() != at::kFloat || outputs.sizes() != expected) {
    return Breaks("predict: expected float32 ", ShapeText(expected), ", got ",
                  toString(outputs.scalar_type()), " ",
                  ShapeText(outputs.sizes()));
  }
  if (!at::isfinite(outputs).all().item<bool>()) {
    return Breaks("predict: outputs are not finite");
  }
  return outputs;
}

// The largest number in a weight set.
double ScaleOf(const std::vector<at::Tensor>& weights) {
  double scale = 0;
  for (const at::Tensor& tensor : weights) {
    if (tensor.numel() == 0) continue;
    scale = std::max(scale, tensor.abs().max().item<double>());
  }
  return scale;
}

// The largest difference of `got` to `expected`, what `method` gave, must be
// rounding: `tolerance` of their scale.
absl::Status CheckSame(absl::string_view method,
                       const std::vector<at::Tensor>& expected,
                       const std::vector<at::Tensor>& got, double tolerance,
                       absl::string_view why) {
  if (expected.size() != got.size()) {
    return Breaks(method, ": number of tensors changes: ", why);
  }
  const double scale = ScaleOf(expected);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].sizes() != got[i].sizes()) {
      return Breaks(method, ": tensor ", i, " changes shape: ", why);
    }
    const double error = ScaleOf({expected[i] - got[i]});
    if (!(error <= tolerance * scale)) {
      return Breaks(method, ": tensor ", i, " differs by ", error, " at scale ",
                    scale, ": ", why);
    }
  }
  return absl::OkStatus();
}

std::vector<at::Tensor> Network(const std::vector<at::Tensor>& weights,
                                int64_t index) {
  std::vector<at::Tensor> network;
  network.reserve(weights.size());
  for (const at::Tensor& tensor : weights) {
    network.push_back(tensor.narrow(0, index, 1));
  }
  return network;
}

// A row's and a network's outputs are theirs alone, and the same again.
absl::Status CheckPredict(torch::jit::Module& module, const at::Tensor& inputs,
                          const std::vector<at::Tensor>& weights,
                          const Manifest& manifest) {
  HG_ASSIGN_OR_RETURN(const at::Tensor outputs,
                      Predict(module, inputs, weights, manifest));
  HG_ASSIGN_OR_RETURN(const at::Tensor again,
                      Predict(module, inputs, weights, manifest));
  HG_RETURN_IF_ERROR(CheckSame("predict", {outputs}, {again}, kOutputTolerance,
                               "it draws random numbers"));
  HG_ASSIGN_OR_RETURN(const at::Tensor network,
                      Predict(module, inputs, Network(weights, 1), manifest));
  HG_RETURN_IF_ERROR(CheckSame("predict", {outputs.narrow(0, 1, 1)}, {network},
                               kOutputTolerance,
                               "network 1 depends on the others"));
  HG_ASSIGN_OR_RETURN(
      const at::Tensor row,
      Predict(module, inputs.narrow(0, 1, 1), weights, manifest));
  return CheckSame("predict", {outputs.narrow(1, 1, 1)}, {row},
                   kOutputTolerance, "row 1 depends on the others");
}

// Rows of `shape` [B, ...] that differ: 0 to 1, from one end to the other.
at::Tensor RowsOfAllLevels(const std::vector<int64_t>& shape) {
  return at::linspace(0, 1, c10::multiply_integers(shape)).view(shape);
}

absl::Status CheckMethods(const torch::jit::Module& module) {
  for (const char* method : {"generate", "predict", "forward"}) {
    if (!module.find_method(method)) {
      return Breaks("the module has no method '", method, "'");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> Read(const std::string& path, c10::Device device) {
  torch::jit::ExtraFilesMap files = {{kManifestFile, ""}};
  Checkpoint checkpoint;
  checkpoint.module = torch::jit::load(path, device, files);
  checkpoint.module.eval();
  checkpoint.manifest_json = files[kManifestFile];
  if (checkpoint.manifest_json.empty()) {
    return Breaks("no extra file '", kManifestFile, "' in the archive");
  }
  HG_ASSIGN_OR_RETURN(checkpoint.manifest,
                      ParseManifest(checkpoint.manifest_json));
  return checkpoint;
}

absl::StatusOr<std::string> ArchiveOf(const torch::jit::Module& module,
                                      const Manifest& manifest) {
  return TorchGuard("saving the module", [&] {
    std::ostringstream archive;
    module.save(archive, {{kManifestFile, ManifestToJson(manifest)}});
    return absl::StatusOr<std::string>(archive.str());
  });
}

// A file never lies beside the digest of another: between the two writes it has
// none.
absl::Status WriteWithDigest(const std::string& path, absl::string_view bytes) {
  constexpr size_t kMaxLineBytes = 4096;
  const std::string digest = DigestPath(path);
  const auto former = ReadRegularFile(digest, kMaxLineBytes);
  std::error_code ignored;
  std::filesystem::remove(digest, ignored);
  const absl::Status status = WriteDurably(path, bytes);
  if (status.ok()) {
    return WriteDurably(digest, DigestLine(Sha256(bytes), path));
  }
  if (former.ok()) WriteDurably(digest, *former).IgnoreError();
  return status;
}

}  // namespace

absl::Status CheckContract(torch::jit::Module& module, const Manifest& manifest,
                           c10::Device device) {
  HG_RETURN_IF_ERROR(CheckMethods(module));
  absl::Status status = TorchGuard("trial run", [&]() -> absl::Status {
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
    const at::Tensor noise =
        DrawNoise(0, 0, kContractNetworks, manifest.noise_size).to(device);
    HG_ASSIGN_OR_RETURN(auto weights, Generate(module, noise));
    HG_ASSIGN_OR_RETURN(auto again, Generate(module, noise));
    HG_RETURN_IF_ERROR(CheckSame("generate", weights, again, kWeightTolerance,
                                 "it draws random numbers"));
    HG_ASSIGN_OR_RETURN(auto alone, Generate(module, noise.narrow(0, 1, 1)));
    HG_RETURN_IF_ERROR(
        CheckSame("generate", Network(weights, 1), alone, kWeightTolerance,
                  "network 1 depends on the others sampled with it"));
    std::vector<int64_t> shape = manifest.input_shape;
    shape.insert(shape.begin(), kContractRows);
    return CheckPredict(module, RowsOfAllLevels(shape).to(device), weights,
                        manifest);
  });
  // What the module itself throws is also its breach of the contract.
  return status.code() == absl::StatusCode::kInternal
             ? absl::InvalidArgumentError(status.message())
             : status;
}

CheckpointFormat FormatOfName(const std::string& path) {
  return absl::EndsWith(path, ".safetensors") ? CheckpointFormat::kSafetensors
                                              : CheckpointFormat::kTorchScript;
}

absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path,
                                          c10::Device device) {
  return LoadCheckpoint(path, FormatOfName(path), device);
}

absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path,
                                          CheckpointFormat format,
                                          c10::Device device) {
  absl::StatusOr<Checkpoint> checkpoint = absl::UnknownError("");
  if (format == CheckpointFormat::kSafetensors) {
    checkpoint = ReadDescribedModel(path, device);
  } else {
    HG_RETURN_IF_ERROR(VerifyArchive(path));
    checkpoint = TorchGuard("not a TorchScript archive",
                            [&] { return Read(path, device); });
  }
  absl::Status status = checkpoint.status();
  if (status.ok()) {
    status = CheckContract(checkpoint->module, checkpoint->manifest, device);
  }
  if (status.ok()) return checkpoint;
  if (status.code() == absl::StatusCode::kInternal) {
    status = absl::InvalidArgumentError(status.message());
  }
  if (absl::StartsWith(status.message(), path)) return status;
  return Named(path, status);
}

absl::Status SaveCheckpoint(const torch::jit::Module& module,
                            const Manifest& manifest, const std::string& path) {
  std::string bytes;
  if (FormatOfName(path) == CheckpointFormat::kSafetensors) {
    HG_ASSIGN_OR_RETURN(bytes, WriteDescribedModel(module, manifest));
  } else {
    HG_ASSIGN_OR_RETURN(bytes, ArchiveOf(module, manifest));
  }
  return WriteWithDigest(path, bytes);
}

}  // namespace hypergan
