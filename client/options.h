#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/clock.h"

namespace hypergan::client {

// PEM files; an empty path leaves that part to its default.
struct TlsOptions {
  std::string root_certificates;  // whom to trust; default: the system's
  std::string certificate;        // who we are, with its key: for servers
  std::string private_key;        // that ask their clients for one
  std::string server_name;        // expected in the server's certificate;
                                  // default: the host that is connected to
};

// When to ask again. Only UNAVAILABLE is worth it (the server is starting,
// draining, or not there yet), CANCELLED, which gRPC makes of a call that
// crosses with the end of its connection, and RESOURCE_EXHAUSTED of a server
// that says when: then its pause counts instead of those below.
struct RetryPolicy {
  int max_attempts = 5;  // the first one included; 1: never ask again
  // Before attempt i + 1 come initial * 2^(i - 1), at most max, of which a
  // random half is left out, so that clients do not come back all at once.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(5);
};

// How a server is noticed that has gone without a word, as a node that lost its
// power does: while calls wait, one that has been silent for `time` is asked
// whether it is there, and its connection given up after `timeout`, which makes
// the calls UNAVAILABLE.
struct Keepalive {
  absl::Duration time = absl::Seconds(20);  // servers may refuse less than 10 s
  absl::Duration timeout = absl::Seconds(10);
};

struct ClientOptions {
  // For one call, all its attempts and the waiting between them included.
  absl::Duration deadline = absl::Seconds(30);
  RetryPolicy retry;
  Keepalive keepalive;
  std::optional<TlsOptions> tls;  // none: plain text
  // A connection of its own; else all clients of this process that reach the
  // same server in the same way share one, and its limit on concurrent calls.
  bool own_connection = false;
  // Of one message; a larger one fails with RESOURCE_EXHAUSTED.
  int max_send_bytes = 64 << 20;
  int max_receive_bytes = 64 << 20;
  Clock* clock = &Clock::System();  // borrowed for the client's life
};

}  // namespace hypergan::client
