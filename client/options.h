#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/clock.h"

namespace hypergan::client {

// PEM files; an empty path leaves that part to its default. Files that change
// count for the connections that are made from then on.
struct TlsOptions {
  std::string root_certificates = {};  // whom to trust; default: the system's
  std::string certificate = {};        // who we are, with its key: for servers
  std::string private_key = {};        // that ask their clients for one
  std::string server_name = {};        // expected in the server's certificate;
                                       // default: the host that is connected to
  // How often the files are looked at; whole seconds, 1 at least.
  absl::Duration reload_interval = absl::Seconds(10);
};

// When a call is made again, by gRPC's service config: after UNAVAILABLE (the
// server is starting, draining, or not there yet) and CANCELLED, which gRPC
// makes of a call that crosses with the end of its connection. If the server
// says when to come back ("grpc-retry-pushback-ms"), that counts instead of the
// pauses below, and then RESOURCE_EXHAUSTED is asked again too.
struct RetryPolicy {
  int max_attempts = 5;  // the first one included; 1: never again; at most 5
  // Before attempt i + 1 comes a pause of initial * 2^(i - 1), at most max,
  // give or take a fifth, so that clients do not come back all at once.
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
  // For one call, all its attempts and the waiting between them included; a
  // prediction in several requests has it for each.
  absl::Duration deadline = absl::Seconds(30);
  RetryPolicy retry = {};
  Keepalive keepalive = {};
  std::optional<TlsOptions> tls = {};  // none: plain text
  // Sent with each call as "authorization: Bearer TOKEN": over TLS alone,
  // unless the server is on this machine. At most one of the two: a text, or a
  // file that is read again for each call.
  std::string token = {};
  std::string token_file = {};
  // A connection of its own; else all clients of this process that reach the
  // same server in the same way share one, and its limit on concurrent calls.
  bool own_connection = false;
  // Of one message; a larger one fails with RESOURCE_EXHAUSTED.
  int max_send_bytes = 64 << 20;
  int max_receive_bytes = 64 << 20;
  // For deadlines and the pauses between attempts of calls that block; borrowed
  // for the client's life.
  Clock* clock = &Clock::System();
};

}  // namespace hypergan::client
