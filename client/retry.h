#pragma once

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/clock.h"
#include "client/options.h"

namespace hypergan::client {

// The pause before attempt `attempt` + 1 (attempt >= 1); `random` in [0, 1)
// picks it from the upper half of what the policy allows.
absl::Duration Backoff(const RetryPolicy& policy, int attempt, double random);

// The pause that a server asked for; `random` in [0, 1) makes it up to a
// quarter longer, so that clients that were refused together do not come back
// together.
absl::Duration Pushback(absl::Duration asked, double random);

// How an attempt ended.
struct Attempt {
  absl::Status status;
  // The server's word on when to ask again, if it gave one; negative: never.
  std::optional<absl::Duration> pushback;
};

// What gRPC's trailing metadata "grpc-retry-pushback-ms" says: negative for
// what is no number of milliseconds, as gRPC takes it.
absl::Duration ParsePushback(absl::string_view milliseconds);

// Calls `attempt`, with the time that is left, until another one is not worth
// it, or the policy's attempts are used up, or the next pause would not end
// before `deadline`. Returns the last answer. Worth another attempt are
// UNAVAILABLE and CANCELLED, unless the server says never, and
// RESOURCE_EXHAUSTED if the server says when.
absl::Status Retry(const RetryPolicy& policy, absl::Time deadline, Clock& clock,
                   const std::function<Attempt(absl::Duration)>& attempt);

}  // namespace hypergan::client
