#pragma once

#include <torch/script.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan {

// A TorchScript archive under the contract of docs/checkpoint.md, ours or
// anybody's.
struct Checkpoint {
  torch::jit::Module module;  // in evaluation mode, on `device`
  Manifest manifest;
  std::string manifest_json;  // as it stands in the archive
};

// Loads and checks the checkpoint at `path`: the archive's checksums, its
// manifest, the methods' presence, and by a trial run on two rows that the
// shapes and types are right, the outputs finite, nothing random is drawn, and
// network n depends on noise row n alone. Errors: those of VerifyArchive;
// INVALID_ARGUMENT with what was expected and what came when the module breaks
// the contract. A TorchScript archive is code: load only files whose origin you
// trust.
absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path,
                                          c10::Device device);

// Writes `module` and its manifest to `path`, durably (see durable_file.h).
absl::Status SaveCheckpoint(const torch::jit::Module& module,
                            const Manifest& manifest, const std::string& path);

// The trial run of LoadCheckpoint by itself.
absl::Status CheckContract(torch::jit::Module& module, const Manifest& manifest,
                           c10::Device device);

}  // namespace hypergan
