#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace hypergan::server {

enum class SamplingMode {
  kFresh,  // a network answers one batch and is never seen again
  kPool,   // a network answers many, until it is renewed
};

// Where the networks of requests come from; each is a flag of the same name, or
// close (docs/operations.md).
struct SamplingOptions {
  SamplingMode mode = SamplingMode::kFresh;
  // Weight sets drawn ahead while there is nothing else to do. In bytes, those
  // of all pools as well.
  int64_t reservoir_bytes = int64_t{64} << 20;
  int64_t reservoir_networks = 512;
  // Of each model, and how long it takes to renew them all.
  int64_t pool_networks = 256;
  absl::Duration pool_refresh = absl::Minutes(1);
  // Weight sets of seeds that requests named, for the next that names them.
  int64_t weight_cache_bytes = int64_t{64} << 20;
};

}  // namespace hypergan::server
