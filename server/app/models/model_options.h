#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/serving/models/model_repository.h"

namespace hypergan::server {

// The flags about the life of models; docs/operations.md lists them.
struct ModelOptions {
  bool poll = false;  // look for new versions while it serves
  absl::Duration poll_interval;
  RepositoryRules rules;
  bool allow_partial_start = false;
  bool check_in_child = true;
  absl::Duration max_check_time;
  int64_t max_check_bytes = 0;  // 0: by the checkpoint's size
};

// INVALID_ARGUMENT, naming the flag, for a value outside its bounds.
absl::StatusOr<ModelOptions> ModelOptionsFromFlags();

}  // namespace hypergan::server
