#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace hypergan::server {

// A status that says when asking again is worth it.
absl::Status WithRetryHint(absl::Status status, absl::Duration pause);

// What it says; nothing of a status without a hint.
std::optional<absl::Duration> RetryHint(const absl::Status& status);

}  // namespace hypergan::server
