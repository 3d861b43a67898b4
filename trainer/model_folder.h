#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace hypergan::trainer {

// Where one run leaves its files: REPOSITORY/<model>/<version>/.
struct ModelFolder {
  std::string path;

  std::string checkpoint() const { return path + "/model.pt"; }
  std::string training_state() const { return path + "/training_state.pt"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
};

// Version `version` of a model; 0: the next free version, or with `resume` the
// greatest there is. Nothing is created. INVALID_ARGUMENT for a model name that
// no server takes (letters, digits, '.', '_', '-'), ALREADY_EXISTS for a
// version with files in it that is not to be resumed, NOT_FOUND for one to
// resume that is not there.
absl::StatusOr<ModelFolder> FindModelFolder(const std::string& repository,
                                            const std::string& model,
                                            int64_t version, bool resume);

}  // namespace hypergan::trainer
