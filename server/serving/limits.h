#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace hypergan::server {

// Every bound of the server; each is a flag of the same name
// (docs/operations.md). Nothing that a client or a folder can grow is without
// one.
struct Limits {
  // One request.
  int64_t max_networks = 10'000;  // N
  int64_t max_rows = 4096;        // B
  // N x B. As much as 64 rows at the greatest N, or the greatest B at the usual
  // N = 100 with room to spare; some 25 s of one core for the MNIST network.
  int64_t max_row_networks = 640'000;
  int64_t max_request_bytes = int64_t{16} << 20;
  int64_t max_response_bytes = int64_t{64} << 20;  // computed before running
  // From arrival to answer; a client's earlier deadline comes first.
  absl::Duration max_request_time = absl::Seconds(60);

  // Requests that wait for the worker. A waiting request holds its message and
  // its decoded inputs, both are counted.
  int64_t max_queued_requests = 64;
  int64_t max_queued_bytes = int64_t{128} << 20;
  int64_t max_queued_row_networks = 1'280'000;  // rows x networks of them all
  // What one client may take up of what the others leave of each of those.
  double max_client_share = 0.75;

  // Calls that are accepted and not delivered to the last byte, of each kind:
  // predictions, descriptions, checks of the health. Their messages and answers
  // are counted, whether they wait, are computed or are being sent.
  int64_t max_open_requests = 256;
  int64_t max_open_bytes = int64_t{256} << 20;
  // From a call's arrival to that of its message, and from its answer to the
  // client's having read it.
  absl::Duration max_arrival_time = absl::Seconds(30);
  absl::Duration max_delivery_time = absl::Seconds(30);

  // What is worked off without looking up: rows x networks, and networks, for
  // those are drawn first. Some 50 ms of one core for the MNIST network.
  int64_t max_piece_row_networks = 2048;
  int64_t max_piece_networks = 128;
  // Weight sets of a piece, of which one network's may always be there.
  int64_t max_piece_bytes = int64_t{64} << 20;
  // Rows x networks of the requests that share networks.
  int64_t max_batch_row_networks = 16'384;
  // How long an idle worker waits for more requests to share with.
  absl::Duration max_batch_delay = absl::ZeroDuration();

  // The transport. Debian's gRPC does not bound connections; these bound what
  // they can hold.
  int max_concurrent_streams = 128;  // of one connection
  int max_rpc_threads = 64;
  int64_t max_transport_bytes = int64_t{1} << 30;
  int64_t max_metadata_bytes = 8192;  // of a call
  // From the beginning of a connection to the end of its handshakes.
  absl::Duration max_handshake_time = absl::Seconds(10);
  // Then its clients connect anew, and find new replicas.
  absl::Duration max_connection_age = absl::Minutes(30);

  // The model repository.
  int64_t max_models = 64;
  int64_t max_versions = 8;  // of one model: the greatest are loaded
};

}  // namespace hypergan::server
