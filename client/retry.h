#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/clock.h"
#include "client/options.h"

namespace hypergan::client {

// The pause before attempt `attempt` + 1 (attempt >= 1); `random` in [0, 1)
// picks it from the upper half of what the policy allows.
absl::Duration Backoff(const RetryPolicy& policy, int attempt, double random);

// Calls `attempt`, with the time that is left, until it answers anything but
// UNAVAILABLE or CANCELLED, or the policy's attempts are used up, or the next
// pause would not end before `deadline`. Returns the last answer.
absl::Status Retry(const RetryPolicy& policy, absl::Time deadline, Clock& clock,
                   const std::function<absl::Status(absl::Duration)>& attempt);

}  // namespace hypergan::client
