#pragma once

#include <torch/script.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan {

// A HyperGAN as data: the parameters and buffers of NewModule by their names
// (hypergan/target/module.h) in a safetensors file, and the manifest, whose
// target network is a description, as JSON in the header's metadata under
// `manifest`. The sizes of mixer and generators are those of the tensors. The
// methods are this program's own, so such a file runs no code.

// Builds the module that the file describes, without the trial of
// CheckContract. Errors as SafetensorsFile::Open; INVALID_ARGUMENT for tensors
// that are not those of the manifest's target network.
absl::StatusOr<Checkpoint> ReadDescribedModel(const std::string& path,
                                              c10::Device device);

// The bytes of such a file. INVALID_ARGUMENT for a module that is no HyperGAN,
// or whose methods are others: on trial noise its weight sets and outputs must
// be those of the file.
absl::StatusOr<std::string> WriteDescribedModel(
    const torch::jit::Module& module, const Manifest& manifest);

}  // namespace hypergan
