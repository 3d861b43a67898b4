#include "client/retry.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"

namespace hypergan::client {
namespace {

// Nobody cancels a call of ours: gRPC makes that of one that crosses with the
// end of its connection, as when a server stops.
bool IsWorthAnotherAttempt(const Attempt& attempt) {
  if (attempt.pushback && *attempt.pushback < absl::ZeroDuration()) {
    return false;
  }
  return absl::IsUnavailable(attempt.status) ||
         absl::IsCancelled(attempt.status) ||
         (absl::IsResourceExhausted(attempt.status) && attempt.pushback);
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

absl::Duration Pushback(absl::Duration asked, double random) {
  return asked * (1 + 0.25 * random);
}

absl::Duration ParsePushback(absl::string_view milliseconds) {
  int64_t value = -1;
  if (!absl::SimpleAtoi(milliseconds, &value)) value = -1;
  return absl::Milliseconds(value);
}

absl::Status Retry(const RetryPolicy& policy, absl::Time deadline, Clock& clock,
                   const std::function<Attempt(absl::Duration)>& attempt) {
  absl::BitGen random;
  for (int count = 1;; ++count) {
    Attempt last = attempt(deadline - clock.Now());
    if (!IsWorthAnotherAttempt(last) || count >= policy.max_attempts) {
      return std::move(last.status);
    }
    const double part = absl::Uniform<double>(random, 0, 1);
    const absl::Duration pause = last.pushback ? Pushback(*last.pushback, part)
                                               : Backoff(policy, count, part);
    if (clock.Now() + pause >= deadline) return std::move(last.status);
    clock.Sleep(pause);
  }
}

}  // namespace hypergan::client
