#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "trainer/loop/metrics_log.h"

namespace hypergan::trainer {

// Where one run leaves its files: REPOSITORY/<model>/<version>/, which is all
// that a server needs, and REPOSITORY/<model>/.training/<version>/.
struct ModelFolder {
  std::string path;

  std::string checkpoint(CheckpointFormat format) const {
    return path + (format == CheckpointFormat::kSafetensors
                       ? "/model.safetensors"
                       : "/model.pt");
  }
  std::string training_state() const;
  // Where it was before version 0.2.
  std::string former_training_state() const {
    return path + "/training_state.pt";
  }
  // The one of them that is there; nothing otherwise.
  std::optional<std::string> FindTrainingState() const;
  std::string metrics() const { return path + "/metrics.jsonl"; }
};

// Which version of a model: 0 is the next free one, or, to resume, the greatest
// there is.
struct VersionChoice {
  std::string repository, model;
  int64_t version = 0;
  bool resume = false;
};

// The folder of the version to resume, which need not be there.
ModelFolder FolderToResume(const VersionChoice& choice);

// Can there be a run of that version? Creates nothing, so that it can be asked
// before the data are read. INVALID_ARGUMENT for a model name that no server
// takes (letters, digits, '.', '_', '-'), ALREADY_EXISTS for a version with
// files in it that is not to be resumed, NOT_FOUND for one to resume that is
// not there.
absl::Status CheckVersion(const VersionChoice& choice);

// A version's folder that this process has to itself while its log is open.
struct ClaimedFolder {
  ModelFolder folder;
  MetricsLog log;
};

// Creates the folder, or opens it to resume, and claims it. Of several
// processes that want the next free version, each gets one of its own. Errors:
// those of CheckVersion, and UNAVAILABLE while another process has the version.
absl::StatusOr<ClaimedFolder> ClaimVersion(const VersionChoice& choice);

}  // namespace hypergan::trainer
