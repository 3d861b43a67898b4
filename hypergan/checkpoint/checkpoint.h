#pragma once

#include <torch/script.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/manifest.h"

namespace hypergan {

// A model under the contract of docs/checkpoint.md, ours or anybody's.
struct Checkpoint {
  torch::jit::Module module;  // in evaluation mode, on `device`
  Manifest manifest;
  std::string manifest_json;  // as it stands in the file
};

// What a checkpoint's file is. A TorchScript archive is code: load only those
// whose origin you trust. A described model (described_model.h) runs none.
enum class CheckpointFormat { kTorchScript, kSafetensors };

// By the end of its name: kSafetensors for .safetensors.
CheckpointFormat FormatOfName(const std::string& path);

// Loads and checks the checkpoint at `path`: the archive's checksums or the
// header, the manifest, the methods' presence, and by a trial run on two rows
// that the shapes and types are right, the outputs finite, nothing random is
// drawn, and network n depends on noise row n alone. Errors: those of
// VerifyArchive or of ReadDescribedModel; INVALID_ARGUMENT with what was
// expected and what came when the module breaks the contract, and for a file of
// another format.
absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path,
                                          CheckpointFormat format,
                                          c10::Device device);
// The same in the format of its name.
absl::StatusOr<Checkpoint> LoadCheckpoint(const std::string& path,
                                          c10::Device device);

// Writes `module` and its manifest to `path`, durably (durable_file.h), in the
// format of its name, and its digest beside it (base/digest.h). Errors also as
// WriteDescribedModel.
absl::Status SaveCheckpoint(const torch::jit::Module& module,
                            const Manifest& manifest, const std::string& path);

// The trial run of LoadCheckpoint by itself.
absl::Status CheckContract(torch::jit::Module& module, const Manifest& manifest,
                           c10::Device device);

}  // namespace hypergan
