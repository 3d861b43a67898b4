#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hypergan/checkpoint/checkpoint.h"
#include "nlohmann/json.hpp"
#include "trainer/loop/model_folder.h"
#include "trainer/loop/training_state.h"

namespace hypergan::trainer {

// The files of one run, in a folder that this process has to itself.
//
// Whenever the process may be killed, the run can go on: there is a state
// before there is a model, from the first step on, and a state that says more
// is written after the model and the record that it counts on. What a run had
// written beyond its last state, it writes again when it is resumed, to the
// bit. A folder without a state has no model either, so no server loads it, and
// it can be taken for a new run. A state in the version's own folder, of an
// older program, is moved with the next write.
//
// Every error of a write names the file, the system's reason, and what the user
// can do with what is there.
class RunFiles {
 public:
  // `format` is the checkpoint's.
  RunFiles(ClaimedFolder claimed, CheckpointFormat format)
      : claimed_(std::move(claimed)),
        checkpoint_(claimed_.folder.checkpoint(format)) {}

  const std::string& path() const { return claimed_.folder.path; }
  const std::string& checkpoint() const { return checkpoint_; }
  bool has_checkpoint() const;
  bool is_locked() const { return claimed_.log.is_locked(); }

  // The last state, to go on from; the metrics are cut to what it counts on.
  // FAILED_PRECONDITION if it is not one of the same data and options, those of
  // `start`, and of such tensors, or if its checkpoint is of another format.
  absl::StatusOr<TrainingState> Resume(
      const TrainingState& start, const std::vector<at::Tensor>& tensors) const;

  absl::Status SaveState(const TrainingState& state) const;
  absl::Status Save(const torch::jit::Module& module,
                    const Manifest& manifest) const;
  absl::Status Append(const nlohmann::ordered_json& record) const;

 private:
  absl::Status CheckFormat() const;
  absl::Status WithAdvice(const absl::Status& status) const;

  ClaimedFolder claimed_;
  std::string checkpoint_;
};

}  // namespace hypergan::trainer
