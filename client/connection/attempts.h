#pragma once

#include <grpcpp/client_context.h>

#include <optional>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hypergan::client {

// What gRPC's trailing metadata "grpc-retry-pushback-ms" says: negative (never
// ask again) for what is no number of milliseconds, as gRPC takes it.
absl::Duration ParsePushback(absl::string_view milliseconds);

// The pushback of a call that has ended, if the server gave one.
std::optional<absl::Duration> PushbackOf(const grpc::ClientContext& context);

// Decides whether a call to a server that is too busy is made again. gRPC
// repeats what is UNAVAILABLE (client/connection/service_config.h). It cannot
// repeat RESOURCE_EXHAUSTED for us: it would also repeat requests that are too
// large, for which the server gives no pushback.
class Attempts {
 public:
  Attempts(int max_attempts, absl::Time deadline)
      : left_(max_attempts), deadline_(deadline) {}

  // The pause before the next attempt, after one that ended with `status` at
  // `now`; none if there is no next attempt. The pause is what the server asked
  // for, or up to a quarter longer: clients that were refused together must not
  // come back together.
  std::optional<absl::Duration> PauseAfter(
      const absl::Status& status, std::optional<absl::Duration> pushback,
      absl::Time now);

  absl::Time deadline() const { return deadline_; }

 private:
  int left_;
  const absl::Time deadline_;
  absl::BitGen random_;
};

}  // namespace hypergan::client
