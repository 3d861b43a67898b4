#include "client/retry.h"

#include <algorithm>
#include <cmath>

#include "absl/random/random.h"

namespace hypergan::client {
namespace {

// Nobody cancels a call of ours: gRPC makes that of one that crosses with the
// end of its connection, as when a server stops.
bool IsWorthAnotherAttempt(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status);
}

}  // namespace

absl::Duration Backoff(const RetryPolicy& policy, int attempt, double random) {
  // Beyond 2^30 any pause is at its maximum; ldexp must not overflow to
  // infinity times zero.
  const double growth = std::ldexp(1.0, std::min(attempt - 1, 30));
  const absl::Duration pause =
      std::min(policy.initial_backoff * growth, policy.max_backoff);
  return pause * (0.5 + 0.5 * random);
}

absl::Status Retry(const RetryPolicy& policy, absl::Time deadline, Clock& clock,
                   const std::function<absl::Status(absl::Duration)>& attempt) {
  absl::BitGen random;
  for (int count = 1;; ++count) {
    absl::Status status = attempt(deadline - clock.Now());
    if (!IsWorthAnotherAttempt(status) || count >= policy.max_attempts) {
      return status;
    }
    const absl::Duration pause =
        Backoff(policy, count, absl::Uniform<double>(random, 0, 1));
    if (clock.Now() + pause >= deadline) return status;
    clock.Sleep(pause);
  }
}

}  // namespace hypergan::client
